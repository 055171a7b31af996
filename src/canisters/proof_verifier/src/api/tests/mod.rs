mod batch;
mod circuits;
mod receipts;
mod replays;
mod statements;
mod submit;
