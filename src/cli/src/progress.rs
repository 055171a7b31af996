//! For a person who waits: what is being done, on standard error, once it takes longer than two seconds.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// What is done within it is not mentioned.
const QUIET: Duration = Duration::from_secs(2);

/// Tells what is going on until it is dropped.
pub struct Progress {
    steps: Sender<String>,
}

impl Progress {
    /// Begins to watch.
    pub fn new() -> Self {
        let (steps, said) = mpsc::channel::<String>();
        std::thread::spawn(move || {
            let started = Instant::now();
            let mut current: Option<String> = None;
            let mut shown: Option<String> = None;
            loop {
                if started.elapsed() >= QUIET && current != shown {
                    if let Some(step) = &current {
                        eprintln!("[{:>5.1} s] {step}", started.elapsed().as_secs_f32());
                    }
                    shown.clone_from(&current);
                }
                match said.recv_timeout(Duration::from_millis(100)) {
                    Ok(step) => current = Some(step),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        });
        Self { steps }
    }

    /// From now on this is being done.
    pub fn says(&self, step: &str) {
        // Without the thread nothing is told, and nothing is lost.
        let _ = self.steps.send(step.to_owned());
    }
}
