//! A proxy in front of a registry that speaks HTTP and does harm: it answers in the registry's place, changes what the registry
//! says, and breaks or holds up connections at any byte. The registry behind it may be anybody's.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread;
use std::time::Duration;

/// The head of a request.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    head: String,
    /// How long its body is.
    pub length: u64,
}

impl Asked {
    /// Reads a head; what is no HTTP (TLS, for example) is none.
    fn parse(head: String) -> Option<Self> {
        let mut words = head.lines().next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        words.next().filter(|version| version.starts_with("HTTP/1."))?;
        let mut asked = Self { method, target, head, length: 0 };
        asked.length = asked.header("content-length").and_then(|text| text.parse().ok()).unwrap_or_default();
        Some(asked)
    }

    /// A header, if there is one.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// `localhost:PORT`, as the client calls the registry.
    pub fn host(&self) -> &str {
        self.header("host").unwrap_or_default()
    }
}

/// An answer, the registry's or another one.
#[derive(Debug, Clone)]
pub struct Said {
    pub status: u16,
    /// All but the length.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What it says of its length, when that is not the length of the body: for a HEAD, or for a lie.
    pub length: Option<u64>,
}

impl Said {
    /// This status with a body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), length: None }
    }

    /// The same with a header in place of all that have its name; without any when the value is empty.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(field, _)| !field.eq_ignore_ascii_case(name));
        if !value.is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same with one more header.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header, if there is one.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Said\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if self.status >= 200 && self.status != 204 && self.status != 304 {
            head += &format!("content-length: {}\r\n", self.length.unwrap_or(self.body.len() as u64));
        }
        head + "\r\n"
    }
}

/// How a connection ends.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    /// Politely.
    Closed,
    /// With a reset.
    Reset,
}

/// What becomes of a request.
pub enum Deed {
    /// The registry answers.
    Pass,
    /// Only after some time.
    Late(Duration, Box<Deed>),
    /// The registry answers a request without this header.
    Without(&'static str),
    /// This is the answer; the registry hears nothing of the request.
    Answer(Said),
    /// The same before the body was read, and the connection ends with it.
    AnswerEarly(Said),
    /// The registry answers, and this is what the client hears.
    Edit(Box<dyn FnOnce(Said) -> Said + Send>),
    /// The registry answers, after a word that it is at work (100 or 103).
    Interim(u16),
    /// The connection ends after so many bytes of the body, which the registry gets.
    CutRequest(u64, Ending),
    /// The registry answers, and the connection ends before the client hears it.
    LoseAnswer(Ending),
    /// The connection ends after so many bytes of the answer's body.
    CutAnswer(u64, Ending),
    /// So many bytes of the body are taken, and then no more.
    StallRequest(u64),
    /// The registry answers, and the client never hears it.
    Silence,
    /// So many bytes of the answer's body come, and then no more.
    StallAnswer(u64),
}

type Rule = Box<dyn FnMut(&Asked) -> Deed + Send>;

/// The proxy. It ends with this.
pub struct Saboteur {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    target: SocketAddr,
    rule: Mutex<Rule>,
    journal: Mutex<Vec<Asked>>,
    blob_bytes: AtomicU64,
    ended: AtomicBool,
    end: (Mutex<()>, Condvar),
    open: Mutex<Vec<Weak<TcpStream>>>,
}

impl Saboteur {
    /// In front of a server on this machine. `rule` decides about each request, in the order in which they come.
    pub fn before(host: &str, rule: impl FnMut(&Asked) -> Deed + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let port = host.rsplit_once(':').expect("a host with a port").1;
        let shared = Arc::new(Shared {
            target: format!("127.0.0.1:{port}").parse().expect("an address"),
            rule: Mutex::new(Box::new(rule)),
            journal: Mutex::default(),
            blob_bytes: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            end: Default::default(),
            open: Mutex::default(),
        });
        let accepting = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming().take_while(|_| !accepting.ended.load(Ordering::SeqCst)).flatten() {
                let shared = accepting.clone();
                // A connection that fails is a connection that ends.
                thread::spawn(move || shared.serve(client).ok());
            }
        });
        Self { address, shared }
    }

    /// `localhost:PORT`.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// A name there.
    pub fn name(&self, name: &str) -> String {
        format!("{}/{name}", self.host())
    }

    /// Every request so far.
    pub fn journal(&self) -> Vec<Asked> {
        self.shared.journal.lock().expect("no rule panics").clone()
    }

    /// How many bytes came in bodies of uploads.
    pub fn blob_bytes(&self) -> u64 {
        self.shared.blob_bytes.load(Ordering::SeqCst)
    }
}

impl Drop for Saboteur {
    fn drop(&mut self) {
        {
            let _guard = self.shared.end.0.lock().expect("nobody panics while holding it");
            self.shared.ended.store(true, Ordering::SeqCst);
            self.shared.end.1.notify_all();
        }
        for stream in self.shared.open.lock().expect("nobody panics while holding it").iter().filter_map(Weak::upgrade)
        {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes who accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn keep(&self, stream: TcpStream) -> Arc<TcpStream> {
        let stream = Arc::new(stream);
        let mut open = self.open.lock().expect("nobody panics while holding it");
        open.retain(|stream| stream.strong_count() > 0);
        open.push(Arc::downgrade(&stream));
        stream
    }

    /// All requests of one connection.
    fn serve(&self, client: TcpStream) -> io::Result<()> {
        let client = self.keep(client);
        let mut wire = Wire { shared: self, client: &client, from_client: BufReader::new(&client), server: None };
        while let Some(asked) = read_head(&mut wire.from_client)?.and_then(Asked::parse) {
            let deed = (self.rule.lock().expect("no rule panics"))(&asked);
            self.journal.lock().expect("nobody panics while holding it").push(asked.clone());
            if !wire.perform(deed, &asked)? {
                break;
            }
        }
        Ok(())
    }

    /// Until the proxy ends.
    fn wait_for_end(&self) {
        let mut guard = self.end.0.lock().expect("nobody panics while holding it");
        while !self.ended.load(Ordering::SeqCst) {
            guard = self.end.1.wait(guard).expect("nobody panics while holding it");
        }
    }
}

/// A connection to the client, and the one to the registry that belongs to it.
struct Wire<'a> {
    shared: &'a Shared,
    client: &'a TcpStream,
    from_client: BufReader<&'a TcpStream>,
    server: Option<BufReader<Streamed>>,
}

impl Wire<'_> {
    /// Whether the connection goes on.
    fn perform(&mut self, deed: Deed, asked: &Asked) -> io::Result<bool> {
        match deed {
            Deed::Pass => self.relay(asked, |said| said),
            Deed::Late(time, deed) => {
                thread::sleep(time);
                self.perform(*deed, asked)
            }
            Deed::Without(name) => {
                let is_kept =
                    |line: &&str| line.split_once(':').is_none_or(|(field, _)| !field.eq_ignore_ascii_case(name));
                let head: Vec<&str> = asked.head.split("\r\n").filter(is_kept).collect();
                self.relay(&Asked { head: head.join("\r\n"), ..asked.clone() }, |said| said)
            }
            Deed::Answer(said) => {
                self.take(asked, asked.length, false)?;
                self.tell(asked, &said)
            }
            Deed::AnswerEarly(said) => {
                self.tell(asked, &said.with("connection", "close"))?;
                self.client.shutdown(Shutdown::Write)?;
                // What is under way is read, or the answer would be lost with the reset that it causes.
                self.take(asked, asked.length, false)?;
                Ok(false)
            }
            Deed::Edit(edit) => self.relay(asked, edit),
            Deed::Interim(status) => {
                write!(&mut self.client, "HTTP/1.1 {status} Interim\r\n\r\n")?;
                self.relay(asked, |said| said)
            }
            Deed::CutRequest(bytes, ending) => {
                self.pass_on(asked, bytes)?;
                self.end(ending)
            }
            Deed::LoseAnswer(ending) => {
                self.pass_on(asked, asked.length)?;
                self.listen(asked)?;
                self.end(ending)
            }
            Deed::CutAnswer(bytes, ending) => {
                self.begin_answer(asked, bytes)?;
                self.end(ending)
            }
            Deed::StallRequest(bytes) => {
                self.pass_on(asked, bytes)?;
                self.stall()
            }
            Deed::Silence => {
                self.pass_on(asked, asked.length)?;
                self.listen(asked)?;
                self.stall()
            }
            Deed::StallAnswer(bytes) => {
                self.begin_answer(asked, bytes)?;
                self.stall()
            }
        }
    }

    fn relay(&mut self, asked: &Asked, edit: impl FnOnce(Said) -> Said) -> io::Result<bool> {
        self.pass_on(asked, asked.length)?;
        let said = self.listen(asked)?;
        self.tell(asked, &edit(said))
    }

    /// Gives the client the answer's head, and the beginning of its body.
    fn begin_answer(&mut self, asked: &Asked, bytes: u64) -> io::Result<()> {
        self.pass_on(asked, asked.length)?;
        let said = self.listen(asked)?;
        self.client.write_all(said.head().as_bytes())?;
        self.client.write_all(&said.body[..said.body.len().min(usize::try_from(bytes).unwrap_or(usize::MAX))])
    }

    /// Gives the registry the request's head, and the beginning of its body.
    fn pass_on(&mut self, asked: &Asked, bytes: u64) -> io::Result<()> {
        if self.server.is_none() {
            let server = self.shared.keep(TcpStream::connect(self.shared.target)?);
            self.server = Some(BufReader::new(Streamed(server)));
        }
        self.server().write_all(asked.head.as_bytes())?;
        self.take(asked, bytes, true)
    }

    /// Reads the beginning of the body.
    fn take(&mut self, asked: &Asked, bytes: u64, passed_on: bool) -> io::Result<()> {
        let is_blob = asked.target.contains("/blobs/uploads/");
        let (mut left, mut buffer) = (bytes.min(asked.length), vec![0; 16 * 1024]);
        while left > 0 {
            let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = self.from_client.read(&mut buffer[..most])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            left -= read as u64;
            if is_blob {
                self.shared.blob_bytes.fetch_add(read as u64, Ordering::SeqCst);
            }
            // A registry that has said enough takes no more; what it said is to be heard.
            if passed_on && self.server().write_all(&buffer[..read]).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What the registry answers.
    fn listen(&mut self, asked: &Asked) -> io::Result<Said> {
        let server = self.server.as_mut().expect("it was asked");
        loop {
            let head = read_head(server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            let said = read_body(&head, asked, server)?;
            if said.status >= 200 {
                return Ok(said);
            }
        }
    }

    /// Gives the client an answer. The connection goes on unless the answer lied about its length.
    fn tell(&mut self, asked: &Asked, said: &Said) -> io::Result<bool> {
        self.client.write_all(said.head().as_bytes())?;
        let has_body = asked.method != "HEAD" && said.status != 204 && said.status != 304;
        if has_body {
            self.client.write_all(&said.body)?;
        }
        let is_true = !has_body || said.length.is_none_or(|length| length == said.body.len() as u64);
        Ok(is_true && said.header("connection") != Some("close"))
    }

    fn server(&mut self) -> &TcpStream {
        &self.server.as_ref().expect("it was asked").get_ref().0
    }

    fn end(&self, ending: Ending) -> io::Result<bool> {
        if let Ending::Reset = ending {
            // Without a time to linger, closing it is a reset.
            rustix::net::sockopt::set_socket_linger(self.client, Some(Duration::ZERO))?;
        }
        Ok(false)
    }

    fn stall(&self) -> io::Result<bool> {
        self.shared.wait_for_end();
        Ok(false)
    }
}

/// A shared socket, as something to read from.
struct Streamed(Arc<TcpStream>);

impl io::Read for Streamed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

fn read_head(from: &mut impl io::BufRead) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // A head has no such length; TLS has no lines.
        if from.by_ref().take(64 * 1024).read_until(b'\n', &mut head)? == 0 || !head.is_ascii() {
            return Ok(None);
        }
    }
    Ok(String::from_utf8(head).ok())
}

fn read_body(head: &str, asked: &Asked, from: &mut impl io::BufRead) -> io::Result<Said> {
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let mut said = Said::new(status, "");
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(':')) {
        said.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = said.header("content-length").and_then(|text| text.parse().ok());
    let is_chunked = said.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    said = said.with("content-length", "").with("transfer-encoding", "");
    match (asked.method.as_str(), length) {
        ("HEAD", _) => said.length = length,
        (_, Some(length)) => {
            from.take(length).read_to_end(&mut said.body)?;
        }
        (_, None) if is_chunked => read_chunks(from, &mut said.body)?,
        _ => {}
    }
    Ok(said)
}

fn read_chunks(from: &mut impl io::BufRead, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        from.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim(), 16).map_err(|_| io::ErrorKind::InvalidData)?;
        from.by_ref().take(size).read_to_end(body)?;
        from.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(());
        }
    }
}
