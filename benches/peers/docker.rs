//! A Docker daemon of this program's own. Its work is done by a process that runs on after the command, so its time and
//! memory are read from what the system says of that process.

use std::fs::{self, File};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::measure::Call;

/// How long a daemon may take to start.
const PATIENCE: Duration = Duration::from_secs(60);
/// How the kernel counts processor time in `/proc`, on every Linux.
const TICKS: f64 = 100.0;

/// The daemon. It ends with this.
pub struct Docker {
    root: PathBuf,
    process: Child,
}

impl Docker {
    /// Starts one with everything that is its own below `root`.
    pub fn start(root: &Path) -> Result<Self, String> {
        if !rustix::process::geteuid().is_root() {
            return Err("dockerd runs as root only".to_owned());
        }
        let words = |error: std::io::Error| format!("cannot start dockerd: {error}");
        fs::create_dir_all(root).map_err(words)?;
        let log = File::create(root.join("log")).map_err(words)?;
        let mut command = Command::new("dockerd");
        command.args(["--iptables=false", "--ip-forward=false", "--bridge=none"]);
        for (option, name) in [("--data-root", "data"), ("--exec-root", "exec"), ("--pidfile", "pid")] {
            command.arg(option).arg(root.join(name));
        }
        command.arg("-H").arg(socket_address(root));
        command.stdin(Stdio::null()).stdout(log.try_clone().map_err(words)?).stderr(log);
        let process = command.spawn().map_err(words)?;
        let mut daemon = Self { root: root.to_owned(), process };
        let begin = Instant::now();
        while UnixStream::connect(root.join("socket")).is_err() {
            let ended = daemon.process.try_wait().ok().flatten().is_some();
            if ended || begin.elapsed() > PATIENCE {
                return Err(format!("dockerd does not start: {}", daemon.last_line()));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(daemon)
    }

    fn last_line(&self) -> String {
        let log = fs::read_to_string(self.root.join("log")).unwrap_or_default();
        log.lines().last().unwrap_or_default().to_owned()
    }

    /// Where it listens, as `DOCKER_HOST` says it.
    pub fn host(&self) -> String {
        socket_address(&self.root)
    }

    /// A command of its client.
    pub fn call(&self, home: &Path) -> Call {
        Call::new("docker").variable("DOCKER_HOST", self.host()).variable("HOME", home)
    }

    /// Loads an archive, and says what the image is called.
    pub fn load(&self, archive: &Path) -> Result<String, String> {
        let talk = self.root.join("load");
        self.call(&self.root).words("load -i").word(archive).run(&talk)?;
        let text = fs::read_to_string(&talk).unwrap_or_default();
        let mut names = text.lines().filter_map(|line| line.strip_prefix("Loaded image: "));
        names.next_back().map(str::to_owned).ok_or_else(|| format!("`docker load` says no name: {text}"))
    }

    /// The processor time that the daemon and its children have used, in seconds.
    pub fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(self.proc("stat")).unwrap_or_default();
        // After the name of the program, which may have spaces in it: fields 14 to 17 of proc(5).
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ');
        fields.skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
    }

    /// From here on the largest memory is counted anew.
    pub fn forget_peak(&self) {
        let _ = fs::write(self.proc("clear_refs"), "5");
    }

    /// Its largest memory since then, in bytes.
    pub fn peak(&self) -> u64 {
        let status = fs::read_to_string(self.proc("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() * 1024
    }

    fn proc(&self, file: &str) -> PathBuf {
        Path::new("/proc").join(self.process.id().to_string()).join(file)
    }
}

fn socket_address(root: &Path) -> String {
    format!("unix://{}", root.join("socket").display())
}

impl Drop for Docker {
    fn drop(&mut self) {
        // It has to be asked: it has mounts and a child of its own.
        if let Some(pid) = rustix::process::Pid::from_raw(self.process.id().cast_signed()) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.process.wait();
    }
}
