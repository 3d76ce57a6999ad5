// rundown.rs - the program of rundown.c for loom. The remover is the thread that starts the others.
//
//   rundown ACQUIRERS MUTANT
//
// LOOM_MAX_PREEMPTIONS, LOOM_MAX_DURATION bound it. A mistake ends it by a panic, as loom does.
use loom::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use loom::sync::{Arc, Notify};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Clone, Copy, PartialEq)]
enum Mutant {
    Correct,
    Hasty,
    Silent,
    Eager,
    Trusting,
    Impatient,
}

const MUTANTS: [Mutant; 6] =
    [Mutant::Correct, Mutant::Hasty, Mutant::Silent, Mutant::Eager, Mutant::Trusting, Mutant::Impatient];

struct Device {
    references: AtomicUsize,
    going_away: AtomicUsize,
    gone: AtomicUsize,
    last_dropped: AtomicUsize,
    dropped: Notify, // it may wake without reason: the flag says whether there was one
}

impl Device {
    fn drop_reference(&self, mutant: Mutant) {
        let before = self.references.fetch_sub(1, SeqCst);
        if mutant != Mutant::Silent && (before == 1 || mutant == Mutant::Eager) {
            self.last_dropped.store(1, SeqCst);
            self.dropped.notify();
        }
    }

    fn touch(&self) {
        assert!(self.gone.load(SeqCst) == 0);
    }

    fn acquire(&self, mutant: Mutant) {
        if mutant == Mutant::Hasty {
            if self.going_away.load(SeqCst) == 0 {
                self.references.fetch_add(1, SeqCst);
                self.touch();
                self.drop_reference(mutant);
            }
            return;
        }
        self.references.fetch_add(1, SeqCst);
        if self.going_away.load(SeqCst) == 0 {
            self.touch();
        }
        self.drop_reference(mutant);
    }

    fn take_away(&self, mutant: Mutant) {
        self.going_away.store(1, SeqCst);
        let others = self.references.fetch_sub(1, SeqCst) - 1;
        if mutant != Mutant::Impatient && (others > 0 || mutant == Mutant::Trusting) {
            while self.last_dropped.load(SeqCst) == 0 {
                self.dropped.wait();
            }
        }
        self.gone.store(1, SeqCst);
    }
}

static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let (acquirers, mutant) = (numbers[0], MUTANTS[numbers[1]]);
    std::panic::set_hook(Box::new(|why| println!("{} executions: {}", EXECUTIONS.load(Relaxed), why)));
    let mut model = loom::model::Builder::new();
    model.max_branches = 100_000;
    model.check(move || {
        EXECUTIONS.fetch_add(1, Relaxed);
        let device = Arc::new(Device {
            references: AtomicUsize::new(1),
            going_away: AtomicUsize::new(0),
            gone: AtomicUsize::new(0),
            last_dropped: AtomicUsize::new(0),
            dropped: Notify::new(),
        });
        let threads: Vec<_> = (0..acquirers)
            .map(|_| {
                let device = device.clone();
                loom::thread::spawn(move || device.acquire(mutant))
            })
            .collect();
        device.take_away(mutant);
        for thread in threads {
            thread.join().unwrap();
        }
    });
    println!("{} executions: clean", EXECUTIONS.load(Relaxed));
}
