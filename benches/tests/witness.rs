//! Two searches find the same states.

use portres::explore::{Search, SmallWorld, Visit, with};
use portres_benches::witness::Witness;
use stateright::{Checker, Model};

struct Compare;

impl Visit for Compare {
    type Gives = ();

    fn visit<W: SmallWorld + Clone + Send + 'static>(self, small: &W) {
        let ours = Search::default().run(small);
        let theirs = Witness::new(small.clone()).checker().threads(2).spawn_bfs().join();
        theirs.assert_properties();
        assert_eq!(ours.states, theirs.unique_state_count(), "{}", small.name());
        assert_eq!(ours.transitions as usize, theirs.state_count() - 1, "{}", small.name());
    }
}

/// The smallest of the worlds; `scripts/explore` compares all of them.
#[test]
fn stateright_finds_as_many_states() {
    with("runtime", false, Compare).expect("a world");
}
