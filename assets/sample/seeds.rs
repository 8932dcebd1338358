//! Which seeds are left over. Run it: rustc seeds.rs && ./seeds

use std::collections::HashMap;

#[derive(Clone, Debug)]
struct Packet {
    name: String,
    seeds: u32,
}

// Takes and copies more than it needs.
fn total(packets: Vec<Packet>) -> u32 {
    let mut sum = 0;
    for i in 0..packets.len() {
        let packet = packets[i].clone();
        sum = sum + packet.seeds;
    }
    return sum;
}

fn count_names(packets: &Vec<Packet>) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for packet in packets {
        if counts.contains_key(&packet.name) {
            let old = *counts.get(&packet.name).unwrap();
            counts.insert(packet.name.clone(), old + 1);
        } else {
            counts.insert(packet.name.clone(), 1);
        }
    }
    counts
}

// Panics when there is no packet at all.
fn largest(packets: &[Packet]) -> &Packet {
    let mut best = &packets[0];
    for packet in packets {
        if packet.seeds > best.seeds {
            best = packet;
        }
    }
    best
}

fn main() {
    let packets = vec![
        Packet { name: "basil".to_string(), seeds: 120 },
        Packet { name: "beans".to_string(), seeds: 24 },
        Packet { name: "basil".to_string(), seeds: 80 },
    ];
    println!("{} seeds in all", total(packets.clone()));
    println!("{} packets of basil", count_names(&packets)["basil"]);
    println!("most seeds: {}", largest(&packets).name);
}
