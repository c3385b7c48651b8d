//! What becomes of goods that a label of the store's scales names.

use domain::record::command::{Command, Resolve};
use domain::record::pos::Transaction;
use domain::record::reference::{Item, Store};
use domain::record::sales::SaleLine;
use testkit::{master, quantity, ticket};

use crate::shop::{Shop, command, kinds};

/// A label of ham for 19.95, and one of which the check digit of the price is wrong.
const LABEL: &str = "0205601719959";
const SPOILT: &str = "205601019950";

fn labelled(store: &mut Store) {
    store.barcode_layouts = vec!["2IIIIIVPPPPC".to_owned()];
}

fn ham() -> Item {
    let mut ham = master::item("ham", "20");
    ham.barcodes = vec!["00205601000002".to_owned()];
    ham.versions[0].stock_unit = "LBR".to_owned();
    ham
}

/// A line that names a barcode only: 0.742 pounds for 18.00.
fn scanned(sequence: i64, barcode: &str) -> Transaction {
    let mut sold = ticket::sale("101", sequence, "18.00");
    let line = &mut sold.lines[0];
    (line.item, line.barcode) = (None, Some(barcode.into()));
    (line.quantity, line.unit) = (quantity("0.742"), Some("LBR".into()));
    sold
}

fn resolve(shop: &mut Shop, id: &str) -> Vec<SaleLine> {
    let order = Command {
        resolve: Some(Resolve { item: "ham".to_owned(), items_offset: 0 }),
        ..command(id, "resolve", "*")
    };
    let events = shop.command(&order, None);
    assert_eq!(kinds(&events)[0], "command");
    events.into_iter().filter_map(|event| event.reclassification).map(|moved| moved.resolved).collect()
}

fn booked(line: &SaleLine) -> (Option<&str>, &str, String, String) {
    (line.item.as_deref(), line.role.as_str(), line.quantity.to_string(), line.amount.to_string())
}

#[test]
fn a_label_names_its_item_and_the_till_what_is_booked() {
    let mut shop = Shop::open();
    shop.publish(labelled);
    shop.learn_of(ham());
    let (events, movements) = shop.offer_with_movements(scanned(1, LABEL));
    let line = &events[0].sale.as_ref().unwrap().lines[0];
    assert_eq!(booked(line), (Some("ham"), "sales", "0.742".to_owned(), "18.00".to_owned()));
    assert_eq!(movements[0].legs[0].item, "ham");
    let spoilt = shop.offer(scanned(2, SPOILT));
    assert_eq!(spoilt[0].sale.as_ref().unwrap().lines[0].role, "suspense");
    let elsewhere = Transaction { store: "102".into(), ..scanned(3, LABEL) };
    let elsewhere = shop.offer(elsewhere);
    assert_eq!(elsewhere[0].sale.as_ref().unwrap().lines[0].role, "suspense", "102 has other labels");
}

#[test]
fn a_label_waits_for_its_item_and_for_its_layout() {
    for layout_is_late in [false, true] {
        let mut shop = Shop::open();
        if !layout_is_late {
            shop.publish(labelled);
        }
        for (sequence, barcode) in [(1, LABEL), (2, SPOILT)] {
            let (events, movements) = shop.offer_with_movements(scanned(sequence, barcode));
            assert_eq!(events[0].sale.as_ref().unwrap().lines[0].role, "suspense");
            assert_eq!(movements, []);
        }
        assert_eq!(resolve(&mut shop, "a"), []);
        shop.learn_of(ham());
        if layout_is_late {
            assert_eq!(resolve(&mut shop, "b"), [], "nothing says that these are labels");
            shop.publish(labelled);
        }
        let resolved = resolve(&mut shop, "c");
        let expected = (Some("ham"), "sales", "0.742".to_owned(), "18.00".to_owned());
        assert_eq!(resolved.iter().map(booked).collect::<Vec<_>>(), [expected]);
        let waiting: Vec<_> = shop.sequencer.state.waiting.iter().map(|(_, line)| &line.barcode).collect();
        assert_eq!(waiting, [&Some(SPOILT.into())], "what is no label stays");
    }
}
