//! What the tills of three stores offer, as `tillstream generate` has written it, and what it must come to.

use std::path::Path;

use domain::record::pos::Transaction;
use tillstream::file;

use crate::books::Books;
use crate::desk::Desk;

/// The business date of the tickets.
pub(crate) const DATE: &str = "2026-03-14";
/// Tickets of each store.
pub(crate) const TICKETS: usize = 20;
/// The one store whose till reports its end of day.
pub(crate) const ENDED: &str = "S3";
/// The stores that somebody must release.
pub(crate) const OPEN: [&str; 2] = ["S1", "S2"];

/// The files of a chain, and what is in them.
pub(crate) struct Shop {
    /// Every store and item.
    pub(crate) masters: String,
    /// The same without [`Shop::unknown`].
    pub(crate) masters_lacking: String,
    /// The tickets of every store, and the one end of day.
    pub(crate) transactions: String,
    pub(crate) tickets: Vec<Transaction>,
    /// An item that every store sells and the first item master lacks.
    pub(crate) unknown: String,
}

impl Shop {
    /// Makes up a chain of three stores, and spoils what a person shall mend.
    pub(crate) fn make(desk: &Desk) -> Self {
        let chain = desk.file("chain");
        let words = ["generate", "--date", DATE, "--seed", "7", "--stores", "3", "--tickets", "20"];
        desk.run(&[&words[..], &["--items", "40", "--to", &chain]].concat()).does(&[
            "43 masters written to ",
            "63 transactions written to ",
            &chain,
        ]);
        let masters = format!("{chain}/masters.jsonl");
        let written = format!("{chain}/transactions.jsonl");
        let mut tickets = read(&written);
        tickets.retain(|ticket| ticket.kind != "business_eod" || ticket.store == ENDED);
        let transactions = desk.file("transactions.jsonl");
        file::write(Path::new(&transactions), tickets.iter()).unwrap();

        let unknown = sold_by_all(&tickets);
        let text = std::fs::read_to_string(&masters).unwrap();
        let named = format!("\"item\":\"{unknown}\"");
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains(&named)).collect();
        assert_eq!(kept.len(), 42, "one item is left out");
        let masters_lacking = desk.write("masters-lacking.jsonl", &kept.join("\n"));
        Self { masters, masters_lacking, transactions, tickets, unknown }
    }

    /// What the books of a store must come to.
    pub(crate) fn books(&self, store: &str) -> Books {
        let mut books = Books::default();
        self.tickets.iter().filter(|ticket| ticket.store == store).for_each(|ticket| books.add(ticket));
        books
    }

    /// How many lines name the unknown item, and what they come to at shelf prices, in ten-thousandths.
    pub(crate) fn in_suspense(&self) -> (usize, i64) {
        let lines = self.tickets.iter().flat_map(|ticket| &ticket.lines);
        let unknown = lines.filter(|line| line.item.as_deref() == Some(self.unknown.as_str()));
        let amounts: Vec<i64> = unknown.map(|line| line.amount.units()).collect();
        (amounts.len(), amounts.iter().sum())
    }
}

fn read(path: &str) -> Vec<Transaction> {
    file::transactions(Path::new(path)).unwrap().map(Result::unwrap).collect()
}

fn sold_by_all(tickets: &[Transaction]) -> String {
    let sells = |store: &str, item: &str| {
        let lines = tickets.iter().filter(|ticket| ticket.store == store).flat_map(|ticket| &ticket.lines);
        lines.into_iter().any(|line| line.item.as_deref() == Some(item))
    };
    let mut items = (1..=40).map(|item: i32| item.to_string());
    let all = |item: &String| [OPEN[0], OPEN[1], ENDED].iter().all(|store| sells(store, item));
    items.find(all).expect("of 40 items every store sells one")
}
