//! How deep a policy nests, found without parsing it.
//!
//! Cedar's parser, validator and evaluator recurse, and on wasm32 they cannot see how much stack is left: text that nests
//! too deep would trap instead of being refused. So an upper bound of the nesting is computed from the tokens alone, in
//! one pass and with a stack of its own, before anything recurses.

/// What the tokens of a policy set show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// No expression nests deeper than this.
    pub depth: usize,
    /// Policies (semicolons outside brackets).
    pub policies: usize,
}

/// What is open: the whole text, or a bracket.
#[derive(Default)]
struct Level {
    /// Operators since the last separator. Operators of one element may nest in each other, whatever their order.
    operators: usize,
    /// The deepest bracket since the last separator.
    deepest_bracket: usize,
    /// The deepest element before it.
    deepest_element: usize,
}

impl Level {
    fn separate(&mut self) {
        self.deepest_element = self.depth();
        self.operators = 0;
        self.deepest_bracket = 0;
    }

    /// Closes this level and goes on with the one around it.
    fn close_into(&mut self, outer: Self) {
        let inner = self.depth() + 1;
        *self = outer;
        self.deepest_bracket = self.deepest_bracket.max(inner);
    }

    fn depth(&self) -> usize {
        self.deepest_element.max(self.operators + self.deepest_bracket)
    }
}

/// What matters of a token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// `(` or `{`.
    Open,
    /// `[`: a set, or behind an operand an attribute of it.
    OpenSquare,
    Close,
    Comma,
    Semicolon,
    /// An operator, or a keyword that takes operands.
    Operator,
    /// A name, a number, or a part of one.
    Word,
    Text,
    Space,
}

/// The shape of a policy set, valid or not. Bracket kinds are not matched: the parser refuses what does not match.
#[must_use]
pub fn measure(cedar: &str) -> Shape {
    let mut open = Vec::new();
    let mut level = Level::default();
    let mut policies = 0;
    let mut before = Token::Space;
    let mut rest = cedar;
    while let Some((token, after)) = next_token(rest) {
        rest = after;
        match token {
            Token::Open | Token::OpenSquare => {
                level.operators += usize::from(is_postfix(token, before));
                open.push(std::mem::take(&mut level));
            }
            Token::Close => level.close_into(open.pop().unwrap_or_default()),
            Token::Comma => level.separate(),
            Token::Semicolon => {
                level.separate();
                policies += usize::from(open.is_empty());
            }
            Token::Operator => level.operators += 1,
            Token::Word | Token::Text | Token::Space => {}
        }
        if token != Token::Space {
            before = token;
        }
    }
    // Brackets that were never closed nest as well.
    while let Some(outer) = open.pop() {
        level.close_into(outer);
    }
    Shape { depth: level.depth(), policies }
}

/// Whether a bracket applies to what stands before it, as in `a["b"]["c"]`: such brackets nest although none is within
/// another. The call of a method needs no such care, for the dot before its name is counted.
fn is_postfix(bracket: Token, before: Token) -> bool {
    matches!(before, Token::Close | Token::Text) || (bracket == Token::OpenSquare && before == Token::Word)
}

pub(super) fn next_token(text: &str) -> Option<(Token, &str)> {
    let first = text.chars().next()?;
    let after = &text[first.len_utf8()..];
    Some(match first {
        '"' => (Token::Text, after_string(after)),
        '/' if after.starts_with('/') => (Token::Space, after.split_once('\n').map_or("", |(_, next)| next)),
        '(' | '{' => (Token::Open, after),
        '[' => (Token::OpenSquare, after),
        ')' | ']' | '}' => (Token::Close, after),
        ',' => (Token::Comma, after),
        ';' => (Token::Semicolon, after),
        '&' | '|' | '=' | '!' | '<' | '>' => {
            let is_pair = ["&&", "||", "==", "!=", "<=", ">="].iter().any(|pair| text.starts_with(pair));
            (Token::Operator, if is_pair { &after[1..] } else { after })
        }
        '.' | '+' | '-' | '*' | '/' | '%' => (Token::Operator, after),
        '_' | 'a'..='z' | 'A'..='Z' | '0'..='9' => {
            let end = text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
            let (word, after) = text.split_at(end);
            (if WORDS_WITH_OPERANDS.contains(&word) { Token::Operator } else { Token::Word }, after)
        }
        _ if first.is_whitespace() => (Token::Space, after),
        _ => (Token::Word, after),
    })
}

/// Conditions of one policy are joined, so each of them is one level more.
const WORDS_WITH_OPERANDS: [&str; 7] = ["if", "in", "has", "like", "is", "when", "unless"];

/// What follows the string whose opening quote was read.
fn after_string(text: &str) -> &str {
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return &text[at + 1..],
            '\\' => {
                characters.next();
            }
            _ => {}
        }
    }
    ""
}
