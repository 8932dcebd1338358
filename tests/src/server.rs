//! llama-server on loopback: by its defaults, or as someone would start it who wants what we do.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// Environment variable with the folder of the peers' programs; `cargo xtask bench` sets it.
pub const FOLDER_VARIABLE: &str = "LOCALCODER_PEERS";
/// How long it may take to come up.
const START_LIMIT: Duration = Duration::from_secs(120);

/// The options of somebody who wants what we do.
pub const ONE_SLOT: [&str; 4] = ["-c", "8192", "-np", "1"];

/// A running server; ends when dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

/// An answer, as the client sees it.
pub struct Answer {
    /// From the request to the first text.
    pub first_token: Duration,
    /// To the end.
    pub total: Duration,
    /// Tokens generated.
    pub tokens: f64,
    /// Time for the tokens after the first, as the server says.
    pub decode_ms: f64,
    /// All of it.
    pub text: String,
}

impl Server {
    /// Starts it, with nothing but its defaults and these options, and waits until it answers.
    ///
    /// # Errors
    /// It does not start, or not in two minutes.
    pub fn start(program: &Path, model: &Path, more: &[&str]) -> Result<Server> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(program)
            .arg("-m")
            .arg(model)
            .args(["--host", "127.0.0.1", "--port", &address.port().to_string()])
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| program.display().to_string())?;
        let server = Server { child, address };
        let start = Instant::now();
        while !server.is_ready() {
            if start.elapsed() > START_LIMIT {
                bail!("{} does not answer", program.display());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    fn is_ready(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.address) else { return false };
        let asked = stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let mut status = String::new();
        asked.is_ok()
            && BufReader::new(stream).read_line(&mut status).is_ok()
            && status.split(' ').nth(1) == Some("200")
    }

    /// A greedy chat request with one message.
    ///
    /// # Errors
    /// No answer, or none that can be read; so for the other requests.
    pub fn chat(&self, text: &str, most: u32) -> Result<Answer> {
        let body = json!({
            "messages": [{ "role": "user", "content": text }],
            "temperature": 0, "max_tokens": most, "stream": true, "cache_prompt": true,
        });
        self.stream("/v1/chat/completions", &body, |event| &event["choices"][0]["delta"]["content"])
    }

    /// A greedy completion of raw text.
    ///
    /// # Errors
    /// As [`Server::chat`].
    pub fn complete(&self, text: &str, most: u32) -> Result<Answer> {
        let body = json!({
            "prompt": text, "temperature": 0, "n_predict": most, "stream": true, "cache_prompt": true,
            "ignore_eos": true,
        });
        self.stream("/completion", &body, |event| &event["content"])
    }

    /// A greedy completion at a caret.
    ///
    /// # Errors
    /// As [`Server::chat`].
    pub fn infill(&self, before: &str, after: &str, most: u32) -> Result<Answer> {
        let body = json!({
            "input_prefix": before, "input_suffix": after, "prompt": "", "temperature": 0,
            "n_predict": most, "stream": true, "cache_prompt": true,
        });
        self.stream("/infill", &body, |event| &event["content"])
    }

    fn stream(&self, path: &str, body: &Value, piece: fn(&Value) -> &Value) -> Result<Answer> {
        let start = Instant::now();
        let mut stream = TcpStream::connect(self.address)?;
        let body = body.to_string();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = Answer {
            first_token: Duration::ZERO,
            total: Duration::ZERO,
            tokens: 0.0,
            decode_ms: 0.0,
            text: String::new(),
        };
        for line in BufReader::new(stream).lines() {
            let line = line?;
            let Some(event) = line.strip_prefix("data: ").filter(|event| *event != "[DONE]") else {
                continue;
            };
            let event: Value = serde_json::from_str(event).with_context(|| line.clone())?;
            let text = piece(&event).as_str().unwrap_or_default();
            if !text.is_empty() && answer.first_token.is_zero() {
                answer.first_token = start.elapsed();
            }
            answer.text += text;
            if let Some(timings) = event.get("timings") {
                answer.tokens = timings["predicted_n"].as_f64().unwrap_or(0.0);
                answer.decode_ms = timings["predicted_ms"].as_f64().unwrap_or(0.0);
            }
        }
        answer.total = start.elapsed();
        if answer.tokens == 0.0 {
            bail!("{path} gave no answer");
        }
        Ok(answer)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
