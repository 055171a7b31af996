//! Reading notes. Everything here is public: what must stay secret is in the ciphertext.

use crate::state::{State, with_state};
use calisec_types::ids::NoteId;
use calisec_types::note_registry::{Note, NoteError, NoteReason, NotesArg, NotesPage};
use calisec_types::page::page_length;
use serde_bytes::ByteBuf;

/// A note.
///
/// # Errors
/// [`NoteReason::UnknownNote`].
pub fn note(id: NoteId) -> Result<Note, NoteError> {
    with_state(|state| existing(state, id)).map_err(NoteError::from)
}

/// The ciphertext of a note, whole.
///
/// # Errors
/// [`NoteReason::UnknownNote`].
pub fn ciphertext(id: NoteId) -> Result<ByteBuf, NoteError> {
    with_state(|state| state.ciphertext(id)).map(ByteBuf::from).ok_or_else(|| NoteReason::UnknownNote(id).into())
}

/// A page of a context's notes; empty for a context without notes.
///
/// # Errors
/// None at present.
pub fn notes(arg: &NotesArg) -> Result<NotesPage, NoteError> {
    with_state(|state| {
        let length = page_length(arg.limit);
        let mut ids: Vec<NoteId> = state.notes_of(arg.context, arg.after).take(length + 1).collect();
        let more = ids.len() > length;
        ids.truncate(length);
        let next = if more { ids.last().copied() } else { None };
        Ok(NotesPage { notes: ids.into_iter().filter_map(|id| state.note(id)).collect(), next })
    })
}

/// The note, or the reason that there is none.
pub(super) fn existing(state: &State, id: NoteId) -> Result<Note, NoteReason> {
    state.note(id).ok_or(NoteReason::UnknownNote(id))
}
