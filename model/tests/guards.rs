//! The literals of a guard, at every number of them.

use portres_model::{Guard, Literal, Question};

fn literal(i: usize) -> Literal {
    Literal { question: Question::ALL[i * 5 % Question::COUNT], answers: 1 + (i * 37 % 255) as u8 }
}

#[test]
fn a_guard_has_the_literals_that_were_put_into_it_in_their_order() {
    let mut guard = Guard::ALWAYS;
    let mut put = Vec::new();
    for i in 0..12 {
        assert_eq!(guard.literals().collect::<Vec<_>>(), put);
        guard = guard.and(literal(i));
        put.push(literal(i));
    }
    assert_eq!(guard.literals().collect::<Vec<_>>(), put);
    // the last question, and every answer
    let last = Literal { question: Question::ALL[Question::COUNT - 1], answers: u8::MAX };
    assert_eq!(Guard::when(last).literals().collect::<Vec<_>>(), [last]);
}

#[test]
#[should_panic(expected = "at most twelve literals")]
fn a_guard_has_no_room_for_a_thirteenth_literal() {
    (0..13).fold(Guard::ALWAYS, |guard, i| guard.and(literal(i)));
}
