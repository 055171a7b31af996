//! The message that runs: argument, caller, answer.

use super::{BYTE_TRANSMISSION_COST, Call, Host, MODULE, contract, rule, size_of};
use crate::execution::{Answer, Entry, Trap};
use wasmtime::{Caller, Linker};

fn argument(host: &Host) -> &[u8] {
    match &host.message.entry {
        Entry::Init { arg }
        | Entry::PostUpgrade { arg }
        | Entry::InspectMessage { arg, .. }
        | Entry::Update { arg, .. }
        | Entry::ReplicatedQuery { arg, .. }
        | Entry::Query { arg, .. }
        | Entry::CompositeQuery { arg, .. } => arg,
        Entry::ReplyCallback { payload, .. } => payload,
        Entry::PreUpgrade
        | Entry::RejectCallback { .. }
        | Entry::Cleanup { .. }
        | Entry::Heartbeat
        | Entry::GlobalTimer => &[],
    }
}

fn method(host: &Host) -> &[u8] {
    match &host.message.entry {
        Entry::InspectMessage { method, .. } => method.as_bytes(),
        _ => &[],
    }
}

fn reject_message(host: &Host) -> &[u8] {
    match &host.message.entry {
        Entry::RejectCallback { message, .. } => message.as_bytes(),
        _ => &[],
    }
}

fn reject_code(host: &Host) -> u32 {
    match &host.message.entry {
        Entry::RejectCallback { code, .. } => *code as u32,
        _ => 0,
    }
}

fn answer(call: &mut Call<'_>, name: &str, answer: impl FnOnce(&mut Host) -> Answer) -> wasmtime::Result<()> {
    let host = call.host();
    if host.message.responded || host.effects.answer.is_some() {
        return contract(format!("\"ic0_{name}\" cannot be executed: the call has already been answered"));
    }
    host.effects.answer = Some(answer(host));
    // What was not accepted is on its way back to the caller.
    host.message.cycles_available = 0;
    Ok(())
}

fn check_payload(host: &Host, size: usize) -> wasmtime::Result<()> {
    let limit = host.limits.payload_bytes;
    if size > limit {
        return contract(format!("application payload size ({size}) cannot be larger than {limit}"));
    }
    Ok(())
}

pub(super) fn link(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    for (name, whole) in [
        ("msg_arg_data_size", argument as fn(&Host) -> &[u8]),
        ("msg_caller_size", |host| host.message.caller.as_slice()),
        ("msg_method_name_size", method),
        ("msg_reject_msg_size", reject_message),
    ] {
        let rule = rule(name)?;
        linker.func_wrap(MODULE, name, move |caller: Caller<'_, Host>| {
            Ok(size_of(whole(Call::enter(caller, rule, 0)?.host())))
        })?;
    }
    for (name, whole) in [
        ("msg_arg_data_copy", argument as fn(&Host) -> &[u8]),
        ("msg_caller_copy", |host| host.message.caller.as_slice()),
        ("msg_method_name_copy", method),
        ("msg_reject_msg_copy", reject_message),
    ] {
        let rule = rule(name)?;
        linker.func_wrap(MODULE, name, move |caller: Caller<'_, Host>, dst: u32, offset: u32, size: u32| {
            Call::enter(caller, rule, size.into())?.put_part(dst, (offset, size), |host| Ok(whole(host)))
        })?;
    }

    let code = rule("msg_reject_code")?;
    linker.func_wrap(MODULE, code.name, move |caller: Caller<'_, Host>| {
        Ok(reject_code(Call::enter(caller, code, 0)?.host()))
    })?;

    let deadline = rule("msg_deadline")?;
    linker.func_wrap(MODULE, deadline.name, move |caller: Caller<'_, Host>| {
        Ok(Call::enter(caller, deadline, 0)?.host().message.deadline_ns)
    })?;

    let append = rule("msg_reply_data_append")?;
    linker.func_wrap(MODULE, append.name, move |caller: Caller<'_, Host>, src: u32, size: u32| {
        let mut call = Call::enter(caller, append, BYTE_TRANSMISSION_COST * u64::from(size))?;
        let host = call.host();
        if host.message.responded || host.effects.answer.is_some() {
            return contract("\"ic0_msg_reply_data_append\" cannot be executed: the call has already been answered");
        }
        check_payload(host, host.reply.len() + size as usize)?;
        let part = call.take(src, size)?;
        call.host().reply.extend_from_slice(&part);
        Ok(())
    })?;

    let reply = rule("msg_reply")?;
    linker.func_wrap(MODULE, reply.name, move |caller: Caller<'_, Host>| {
        let mut call = Call::enter(caller, reply, 0)?;
        answer(&mut call, reply.name, |host| Answer::Reply(std::mem::take(&mut host.reply)))
    })?;

    let reject = rule("msg_reject")?;
    linker.func_wrap(MODULE, reject.name, move |caller: Caller<'_, Host>, src: u32, size: u32| {
        let mut call = Call::enter(caller, reject, BYTE_TRANSMISSION_COST * u64::from(size))?;
        check_payload(call.host(), size as usize)?;
        let message = call.take_text(src, size, "the reject message")?;
        answer(&mut call, reject.name, |_| Answer::Reject(message))
    })?;

    let accept = rule("accept_message")?;
    linker.func_wrap(MODULE, accept.name, move |caller: Caller<'_, Host>| {
        let mut call = Call::enter(caller, accept, 0)?;
        let effects = &mut call.host().effects;
        if effects.message_accepted {
            return Err(Trap::Contract("\"ic0_accept_message\" cannot be executed twice".into()).into());
        }
        effects.message_accepted = true;
        Ok(())
    })?;
    Ok(())
}
