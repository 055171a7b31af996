mod batch;
mod circuits;
mod curves;
mod receipts;
mod replays;
mod statements;
mod submit;
