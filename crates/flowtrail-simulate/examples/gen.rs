//! scratch
#![allow(clippy::all, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason="scratch")]
use flowtrail_simulate::*;
struct Null(u64);
impl Store for Null { fn put(&mut self,_:&str,b:&[u8])->std::io::Result<()> {self.0+=b.len() as u64;Ok(())} }
fn main(){
  let a:Vec<String>=std::env::args().collect();
  let t=std::time::Instant::now();
  let s = if a[1]=="null" { let p=Plan::sized(a[2].parse().unwrap()); let mut n=Null(0); simulate(&p,&mut n,&mut |_|{}).unwrap() }
  else { let mut p=Plan::default(); p.seed=a[2].parse().unwrap(); if a.len()>3 {p.attacks=Attack::ALL.to_vec();} let mut n=FolderStore::new(a[1].as_ref()).unwrap(); simulate(&p,&mut n,&mut |_|{}).unwrap() };
  println!("{:?} {:?} {:.0} ev/s", s.totals, t.elapsed(), s.totals.events as f64/t.elapsed().as_secs_f64());
}
