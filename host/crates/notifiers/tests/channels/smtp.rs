//! A mail server that takes what it is given, or says what the test wants.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

/// A mail as it came.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// Headers and body.
    pub data: String,
}

#[derive(Clone)]
pub struct Smtp {
    pub at: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
    /// What is answered instead of success, by the command's first word; an empty answer is silence.
    answers: &'static [(&'static str, &'static str)],
}

impl Smtp {
    pub async fn start(answers: &'static [(&'static str, &'static str)]) -> Self {
        Self::listen(answers, None).await
    }
    /// TLS from the first byte.
    pub async fn start_tls(acceptor: TlsAcceptor) -> Self {
        Self::listen(&[], Some(acceptor)).await
    }

    async fn listen(answers: &'static [(&'static str, &'static str)], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let smtp = Self { at: listener.local_addr().unwrap(), mails: Arc::default(), answers };
        let serving = smtp.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (serving, tls) = (serving.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(acceptor) => serving.serve(acceptor.accept(tcp).await.ok()?).await,
                        None => serving.serve(tcp).await,
                    }
                });
            }
        });
        smtp
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    async fn serve<Io: AsyncRead + AsyncWrite + Unpin>(&self, io: Io) -> Option<()> {
        let mut io = BufReader::new(io);
        let mut mail = Mail::default();
        self.say(&mut io, "greeting", "220 mail.example ESMTP").await?;
        loop {
            let mut line = String::new();
            if io.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let verb = line.split_whitespace().next().unwrap_or_default().to_uppercase();
            let line = line.trim_end();
            match verb.as_str() {
                "EHLO" => self.say(&mut io, &verb, "250-mail.example\r\n250 AUTH PLAIN").await?,
                "MAIL" => mail.from = bracketed(line),
                "RCPT" => mail.to.push(bracketed(line)),
                "DATA" => {
                    self.say(&mut io, &verb, "354 go on").await?;
                    while !mail.data.ends_with("\r\n.\r\n") {
                        io.read_line(&mut mail.data).await.ok()?;
                    }
                    self.say(&mut io, ".", "250 taken as 4711").await?;
                    self.mails.lock().unwrap().push(std::mem::take(&mut mail));
                }
                _ => {}
            }
            if !["EHLO", "DATA"].contains(&verb.as_str()) {
                self.say(&mut io, &verb, "250 fine").await?;
            }
        }
    }

    /// None when what was said ends the dialogue.
    async fn say<Io: AsyncWrite + Unpin>(&self, io: &mut Io, verb: &str, usual: &str) -> Option<()> {
        let other = self.answers.iter().find(|(command, _)| *command == verb).map(|(_, answer)| *answer);
        if other == Some("") {
            std::future::pending::<()>().await;
        }
        io.write_all(format!("{}\r\n", other.unwrap_or(usual)).as_bytes()).await.ok()?;
        (other.is_none() || !["DATA", "."].contains(&verb)).then_some(())
    }
}

fn bracketed(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
