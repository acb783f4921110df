//! Bringing a file to the disk while the rest of it is still being written, so that nobody waits for all of it in the end.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// After how many bytes the disk begins. Not less: where there is a journal, each time is a commit of it.
const STRETCH: u64 = 8 * 1024 * 1024;

/// A thread that brings a growing file to the disk, from its first stretch on. Dropped, it ends by itself.
#[derive(Default)]
pub(super) struct Behind {
    waiting: u64,
    thread: Option<Thread>,
}

struct Thread {
    orders: SyncSender<()>,
    result: JoinHandle<io::Result<()>>,
}

impl Behind {
    /// So many more bytes were written to the file.
    pub fn wrote(&mut self, bytes: usize, file: &File) {
        self.waiting += bytes as u64;
        if self.waiting < STRETCH {
            return;
        }
        self.waiting = 0;
        if self.thread.is_none() {
            self.thread = Thread::start(file);
        }
        if let Some(thread) = &self.thread {
            // While the disk is busy, the next call brings this stretch along; where it has failed, the end tells.
            let _ = thread.orders.try_send(());
        }
    }

    /// Waits for the disk, and says what went wrong there. To be asked, because the system tells of an error only once. What was
    /// written last may not be on the disk yet.
    pub fn finish(self) -> io::Result<()> {
        match self.thread {
            None => Ok(()),
            Some(Thread { orders, result }) => {
                drop(orders);
                result.join().unwrap_or_else(|_| Err(io::Error::other("the thread for the disk ended early")))
            }
        }
    }
}

impl Thread {
    /// Without a thread, or another handle of the file, the disk is waited for in the end, as it is for small files.
    fn start(file: &File) -> Option<Self> {
        let file = file.try_clone().ok()?;
        let (orders, queue) = sync_channel(1);
        let builder = std::thread::Builder::new().name("to-disk".to_owned());
        let result = builder.spawn(move || follow(&queue, || file.sync_data())).ok()?;
        Some(Self { orders, result })
    }
}

/// Brings to the disk what is there, as often as it is told to.
fn follow(queue: &Receiver<()>, mut sync: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    queue.iter().try_for_each(|()| sync())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Large files have a thread; an error of the disk is not lost, whoever it was told.
    #[test]
    fn what_the_disk_refuses_is_told_in_the_end() {
        let file = tempfile::tempfile().expect("a file");
        let mut small = Behind::default();
        small.wrote(STRETCH as usize - 1, &file);
        assert!(small.thread.is_none());
        small.finish().expect("nothing to tell");
        let mut large = Behind::default();
        (0..20).for_each(|_| large.wrote(STRETCH as usize, &file));
        assert!(large.thread.is_some());
        large.finish().expect("on the disk");

        let (orders, queue) = sync_channel(1);
        let result = std::thread::spawn(move || follow(&queue, || Err(io::ErrorKind::StorageFull.into())));
        orders.send(()).expect("somebody listens");
        let mut failed = Behind { waiting: 0, thread: Some(Thread { orders, result }) };
        (0..20).for_each(|_| failed.wrote(STRETCH as usize, &file));
        assert_eq!(failed.finish().expect_err("refused").kind(), io::ErrorKind::StorageFull);
    }
}
