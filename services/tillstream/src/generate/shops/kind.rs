//! What each ticket of a store is: by weight, and what follows on an earlier one by that one.

use super::{Place, Retailer, Shops};

/// What a ticket would be if nothing stood in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Sale,
    WithoutReceipt,
    Return,
    Rest,
    ReturnElsewhere,
    ReturnAcross,
    Exchange,
    Void,
    Promise,
    Control,
    Cancelled,
    Suspended,
    Training,
    PaidIn,
    PaidOut,
    Loan,
    Pickup,
    SafeDrop,
    Transfer,
    Count,
}

/// Of 1,000 tickets, how many each chain makes of a kind: the Mexican one, the one of several subsidiaries.
#[rustfmt::skip]
const WEIGHTS: [(Wish, u64, u64); 20] = [
    (Wish::Sale,            752, 726),
    (Wish::Rest,             30,  30),
    (Wish::WithoutReceipt,   10,  10),
    (Wish::Return,           24,  26),
    (Wish::ReturnElsewhere,   8,   8),
    (Wish::ReturnAcross,      0,   8),
    (Wish::Exchange,         12,  14),
    (Wish::Void,             14,  14),
    (Wish::Promise,          20,  34),
    (Wish::Control,           20,  20),
    (Wish::Cancelled,        12,  12),
    (Wish::Suspended,         8,  10),
    (Wish::Training,          4,   6),
    (Wish::PaidIn,            6,   4),
    (Wish::PaidOut,          18,  10),
    (Wish::Loan,              8,   8),
    (Wish::Pickup,           30,  28),
    (Wish::SafeDrop,         10,   8),
    (Wish::Transfer,          8,  16),
    (Wish::Count,             6,   8),
];

/// What a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Sale,
    Void(Place),
    Return(Place),
    /// More of a line of which a part came back before.
    Rest(Place),
    /// What comes back, and nobody knows which ticket sold it.
    WithoutReceipt,
    Exchange(Place),
    /// Goods laid away, or ordered.
    Promise,
    /// A further deposit on them.
    Paid(Place),
    /// They are handed over.
    Kept {
        promise: Place,
        paid_further: bool,
    },
    /// They are given up.
    GivenUp {
        promise: Place,
        forfeited: bool,
    },
    Unfinished(&'static str),
    Training,
    Control(&'static str),
    Cash(&'static str),
    Transfer,
    Count,
}

/// What becomes of promised goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    KeptNextDay,
    PaidThenKept,
    GivenUp,
    /// Given up, and the shop keeps the deposit.
    Forfeited,
}

/// How many tickets of a register later the rest of a line comes back at most.
const REST_WITHIN: i64 = 8;

/// Purposes of random numbers.
const WISH: u64 = 1;
const FATE: u64 = 2;
const ELSEWHERE: u64 = 3;

impl Shops {
    /// What a ticket is.
    pub(super) fn what(&self, place: Place) -> What {
        if let Some(follows) = self.follows_on_promise(place) {
            return follows;
        }
        let original = |of: Option<Place>, what: fn(Place) -> What| of.map_or(What::Sale, what);
        match self.wish(place) {
            Wish::Sale => What::Sale,
            Wish::Void => original(self.finished(place.later(-1)), What::Void),
            Wish::Return => original(self.sold(place.later(-2), 1), What::Return),
            Wish::Rest => original(self.came_back_in_part(place), What::Rest),
            Wish::Exchange => original(self.sold(place.later(-3), 2), What::Exchange),
            Wish::ReturnElsewhere => {
                let there = Place { store: self.neighbour(place.store), ..place.days_before(1) };
                original(self.sold(there, 3), self.taken_elsewhere(place))
            }
            Wish::ReturnAcross => {
                let across = self.across(place.store).map(|store| Place { store, ..place.days_before(1) });
                let sold = across.and_then(|there| self.sold(there, 3));
                let sold = sold.filter(|there| !self.came_back_elsewhere(place, *there));
                original(sold, self.taken_elsewhere(place))
            }
            Wish::WithoutReceipt => What::WithoutReceipt,
            Wish::Promise => What::Promise,
            Wish::Control => What::Control(control(place)),
            Wish::Cancelled => What::Unfinished("cancelled"),
            Wish::Suspended => What::Unfinished("suspended"),
            Wish::Training => What::Training,
            Wish::PaidIn => self.cash(place, "paid_in"),
            Wish::PaidOut => self.cash(place, "paid_out"),
            Wish::Loan => self.cash(place, "loan"),
            Wish::Pickup => self.cash(place, "pickup"),
            Wish::SafeDrop => self.cash(place, "safe_drop"),
            Wish::Transfer => What::Transfer,
            Wish::Count => What::Count,
        }
    }

    /// A movement of cash; right after one, or after goods that moved without a sale, that was a mistake.
    fn cash(&self, place: Place, kind: &'static str) -> What {
        let before = place.later(-1);
        let moved =
            before.number >= 0 && matches!(self.what(before), What::Cash(_) | What::Transfer | What::Count);
        if moved { What::Void(before) } else { What::Cash(kind) }
    }

    fn wish(&self, place: Place) -> Wish {
        let mut drawn = self.draw(place, WISH).below(1_000);
        for (wish, mexican, several) in WEIGHTS {
            let weight = match self.retailer {
                Retailer::Mexican => mexican,
                Retailer::Several => several,
            };
            if drawn < weight {
                return wish;
            }
            drawn -= weight;
        }
        Wish::Sale
    }

    /// A ticket that sold, took back, promised or handed over something, was paid for that, gave it up, or moved money
    /// or goods: one that can be voided.
    fn finished(&self, place: Place) -> Option<Place> {
        let finished = place.number >= 0
            && match self.what(place) {
                What::Sale | What::Return(_) | What::Rest(_) | What::WithoutReceipt => true,
                What::Exchange(_) | What::Promise | What::Paid(_) => true,
                What::Kept { .. } | What::GivenUp { .. } => true,
                What::Cash(_) | What::Transfer | What::Count => true,
                What::Void(_) | What::Unfinished(_) | What::Training => false,
                What::Control(_) => false,
            };
        finished.then_some(place)
    }

    /// A ticket that sold something, and that the first `others` of those who could have undone it did not.
    fn sold(&self, place: Place, others: usize) -> Option<Place> {
        let undoing = [Wish::Void, Wish::Return, Wish::Exchange];
        let undone =
            (1..).zip(undoing).take(others).any(|(later, wish)| self.wish(place.later(later)) == wish);
        let there = place.number >= 0 && place.date >= self.first && !undone;
        let sold = there && self.wish(place) == Wish::Sale && self.follows_on_promise(place).is_none();
        sold.then_some(place)
    }

    /// A ticket of which a part of a line came back on one of the last tickets of the register, and the rest did not.
    fn came_back_in_part(&self, place: Place) -> Option<Place> {
        let before = (1..=REST_WITHIN).map(|tickets| place.later(-tickets));
        let before =
            before.map(|there| (there, self.wish(there))).take_while(|(_, wish)| *wish != Wish::Rest);
        let mut returns = before.filter(|(_, wish)| *wish == Wish::Return).map(|(there, _)| there);
        returns.find_map(|there| {
            let What::Return(original) = self.what(there) else { return None };
            self.takes_a_part(there, original).then_some(original)
        })
    }

    /// What comes back to another store than the one that sold it is exchanged now and then.
    fn taken_elsewhere(&self, place: Place) -> fn(Place) -> What {
        if self.draw(place, ELSEWHERE).below(4) == 0 { What::Exchange } else { What::Return }
    }

    /// True where another store takes back what `place` would take back from across: the neighbour goes first, then the
    /// store of the lowest number.
    fn came_back_elsewhere(&self, place: Place, sold: Place) -> bool {
        let takes = |store: u32| {
            let there = Place { store, ..place };
            let wish = self.wish(there);
            let neighbour = wish == Wish::ReturnElsewhere && self.neighbour(store) == sold.store;
            let across = wish == Wish::ReturnAcross && self.across(store) == Some(sold.store);
            let wished = neighbour || (across && store < place.store);
            wished && self.follows_on_promise(there).is_none()
        };
        (0..self.stores()).filter(|store| *store != place.store).any(takes)
    }

    /// Goods that were promised are paid further, handed over or given up on the next dates, under the same number.
    fn follows_on_promise(&self, place: Place) -> Option<What> {
        let yesterday = place.days_before(1);
        if self.promises(yesterday) {
            return Some(match self.fate(yesterday) {
                Fate::KeptNextDay => What::Kept { promise: yesterday, paid_further: false },
                Fate::PaidThenKept => What::Paid(yesterday),
                Fate::GivenUp => What::GivenUp { promise: yesterday, forfeited: false },
                Fate::Forfeited => What::GivenUp { promise: yesterday, forfeited: true },
            });
        }
        let before = place.days_before(2);
        let kept = self.promises(before) && self.fate(before) == Fate::PaidThenKept;
        kept.then(|| What::Kept { promise: before, paid_further: !self.is_voided(yesterday) })
    }

    /// True for a promise that stands: it is not voided by the next ticket of its register.
    fn promises(&self, place: Place) -> bool {
        place.date >= self.first
            && self.wish(place) == Wish::Promise
            && self.follows_on_promise(place).is_none()
            && !self.is_voided(place)
    }

    /// True where the next ticket of its register voids one that can be voided.
    fn is_voided(&self, place: Place) -> bool {
        let next = place.later(1);
        self.wish(next) == Wish::Void && self.follows_on_promise(next).is_none()
    }

    fn fate(&self, place: Place) -> Fate {
        match self.draw(place, FATE).below(10) {
            0..=5 => Fate::KeptNextDay,
            6 | 7 => Fate::PaidThenKept,
            8 => Fate::GivenUp,
            _ => Fate::Forfeited,
        }
    }
}

/// What sells nothing and moves no money: mostly a drawer that is opened.
fn control(place: Place) -> &'static str {
    match place.number % 8 {
        0 => "sign_on",
        1 => "sign_off",
        2 => "till_close",
        3 => "other_control",
        _ => "no_sale",
    }
}
