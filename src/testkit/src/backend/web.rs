//! The world outside: what canisters ask of servers, and what a test answers for them.

/// A request of a canister to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebRequest {
    /// Where to.
    pub url: String,
    /// Headers: name and value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How large the response may be; `None` for the largest there is.
    pub max_response_bytes: Option<u64>,
}

/// What a server says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebResponse {
    /// The status, such as 200.
    pub status: u16,
    /// Headers: name and value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebAnswer {
    /// The server says the same to every node of the subnet.
    Response(WebResponse),
    /// The server says something else to each of the 13 nodes of the subnet.
    ByNode(Vec<WebResponse>),
    /// No node reaches the server: reject code and message.
    Failure(u32, String),
    /// Nobody answers: the request times out.
    Silence,
}

impl WebResponse {
    /// Status 200 with this body.
    #[must_use]
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.into() }
    }
}

/// Answers requests, whichever are made.
pub type Web<'a> = dyn FnMut(&WebRequest) -> WebAnswer + 'a;
