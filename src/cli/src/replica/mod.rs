//! The kept engine behind the Internet Computer's HTTP interface, as a replica on this computer.

mod envelope;
mod interface;

use crate::failure::Failure;
use crate::state::Kept;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use interface::{Served, serve_request};
use std::cell::RefCell;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::LocalSet;

/// Bytes of a request at the most: the replica takes 2 MiB of argument.
const MAX_REQUEST_BYTES: usize = 4 * 1024 * 1024;
/// How often timers of canisters that have become due run while nobody asks for anything.
const BEAT: Duration = Duration::from_secs(1);

/// Serves until the process is stopped; every change is saved before it is answered. Listens on this computer only.
pub fn serve(kept: Kept, port: u16) -> Result<Infallible, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::internal(format!("cannot start the runtime: {error}")))?;
    let kept = Rc::new(RefCell::new(kept));
    LocalSet::new().block_on(&runtime, async move {
        let failed = |error| Failure::setup(format!("cannot listen on port {port}: {error}; choose another --port"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        eprintln!("serving on http://{address}; stop with Ctrl-C");
        tokio::task::spawn_local(beat(Rc::clone(&kept)));
        loop {
            let (stream, _) = listener.accept().await.map_err(failed)?;
            let kept = Rc::clone(&kept);
            tokio::task::spawn_local(async move {
                let service = service_fn(move |request| answer(Rc::clone(&kept), request));
                // Whoever hangs up need not be told.
                let _ = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    })
}

/// Lets the clock go on while nobody asks.
async fn beat(kept: Rc<RefCell<Kept>>) {
    loop {
        tokio::time::sleep(BEAT).await;
        let mut kept = kept.borrow_mut();
        kept.keep_time();
        if let Err(failure) = kept.save_changes() {
            eprintln!("{}", failure.message);
        }
    }
}

async fn answer(kept: Rc<RefCell<Kept>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let served = match Limited::new(body, MAX_REQUEST_BYTES).collect().await {
        Ok(body) => serve_request(&mut kept.borrow_mut(), &head.method, head.uri.path(), &body.to_bytes()),
        Err(error) => Served::refused(StatusCode::PAYLOAD_TOO_LARGE, format!("the request cannot be read: {error}")),
    };
    let mut response = Response::new(Full::new(Bytes::from(served.body)));
    *response.status_mut() = served.status;
    response.headers_mut().insert(CONTENT_TYPE, served.kind);
    Ok(response)
}
