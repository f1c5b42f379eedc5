/*
 * The world `runtime` of docs/small-worlds.md: reservations at run time, of two processes of one standard user.
 *
 * Written from the page and the ledgers alone. Every option of the loop is one call with one reply that succeeds; what
 * is refused changes nothing and is no option. Ports are 1 to 3: 50000 to 50002, the whole dynamic range.
 */
#define STARTUPS 2
#define may_call true
#define may_start true

typedef Socket {                  /* a closed socket's row is all zero */
  byte process;
  byte first, last;               /* the tokens of its first and last association */
  byte port
}
typedef Token {                   /* kind: 1 in force, 2 ended and still used */
  byte kind, first, count;
  byte owner                      /* ACQ-31: the socket that acquired it */
}

byte running[3] = 1;                  /* the processes 1 and 2; [0] is no process */
Socket s[3];
Token t[3];

/* Sockets, tokens and blocks */

#define open(S)          (s[S].process != 0)
#define bound(P)         (s[1].port == P || s[2].port == P)
#define uses(S, T)       (s[S].first == T || s[S].last == T)
#define used(T)          (uses(1, T) || uses(2, T))
#define in_force(T)      (t[T].kind == 1)
#define covers(T, P)     (t[T].first <= P && P < t[T].first + t[T].count)
#define reserved(P)      ((in_force(1) && covers(1, P)) || (in_force(2) && covers(2, P)))
#define token_is_vacant  (t[1].kind == 0 || t[2].kind == 0)
#define vacant_token     (t[1].kind == 0 -> 1 : 2)
#define own_token(S, T)  (in_force(T) && s[t[T].owner].process == s[S].process)   /* ACQ-30, REL-2: per process */

/* ACQ-27, SIL-1, SIL-2: no reservation in force and no bound socket in the block */
#define is_free(P)          (!reserved(P) && !bound(P))
#define block_is_free(F, N) (is_free(F) && (N == 1 || is_free(F + 1)))

/* reservation.ended-still-blocks = no, SIL-22b: an ended reservation keeps its row while an association names it */
inline forget(T) {
  if
  :: t[T].kind == 2 && !used(T) -> t[T].kind = 0
  :: else
  fi
}
inline end_reservation(T) {
  t[T].kind = 2; t[T].first = 0; t[T].count = 0; t[T].owner = 0
}
inline end_reservation_of(S, T) {
  if
  :: t[T].kind == 1 && t[T].owner == S -> end_reservation(T)
  :: else
  fi
}
/* SOCK-8, ACQ-31, SIL-22c: the socket, its port and the reservations that it has acquired end */
inline close_socket(S) {
  end_reservation_of(S, 1);
  end_reservation_of(S, 2);
  s[S].process = 0; s[S].first = 0; s[S].last = 0; s[S].port = 0;
  forget(1);
  forget(2)
}
inline close_socket_of(P, S) {
  if
  :: s[S].process == P -> close_socket(S)
  :: else
  fi
}
inline close_sockets_of(P) {
  close_socket_of(P, 1);
  close_socket_of(P, 2)
}
inline grant(S, F, N) {
  if
  :: t[1].kind == 0 -> t[1].kind = 1; t[1].first = F; t[1].count = N; t[1].owner = S
  :: else           -> t[2].kind = 1; t[2].first = F; t[2].count = N; t[2].owner = S
  fi
}
inline tie(S, T) {
  if
  :: s[S].first == 0 -> s[S].first = T
  :: else
  fi;
  s[S].last = T;                              /* SIL-10b, associate.again = last-counts */
  forget(1);
  forget(2)
}

#include "processes.inc"

/* Calls */

#define SOCKET(P) \
  :: d_step { started(P) && !open(1) -> s[1].process = P }                         /* SOCK-5, SOCK-7 */ \
  :: d_step { started(P) && open(1) && !open(2) -> s[2].process = P }

#define ACQUIRE(S, F, N)          /* ACQ-1, ACQ-29; SIL-7a to SIL-7c: whatever the socket is, and again */ \
  :: d_step { open(S) && token_is_vacant && block_is_free(F, N) -> grant(S, F, N) }

#define ACQUIRES(S) \
  /* 0+1: any block of the count (HDR-8, SIL-5) */ \
  ACQUIRE(S, 1, 1) ACQUIRE(S, 2, 1) ACQUIRE(S, 3, 1) \
  /* 0+2 */ \
  ACQUIRE(S, 1, 2) ACQUIRE(S, 2, 2) \
  /* 50000+2, 50001+1 */ \
  ACQUIRE(S, 1, 2) ACQUIRE(S, 2, 1)

#define WITH_TOKEN(S, T) \
  /* associate: ASSOC-1, ASSOC-2 (before bind), SIL-8a, SIL-8b (a token of the process) */ \
  :: d_step { open(S) && s[S].port == 0 && own_token(S, T) -> tie(S, T) } \
  /* release: REL-1, REL-2, SIL-22a (bound ports or not), SIL-22e (on any socket of the process) */ \
  :: d_step { open(S) && own_token(S, T) -> end_reservation(T); forget(T) }

/* BIND-10: not bound yet. All sockets are without options at the wildcard address: T2 lets no two have one port */
#define may_bind(S, P)  (open(S) && s[S].port == 0 && !bound(P))

#define BIND(S, P) \
  /* port 0, not associated: BIND-14, bind.zero-skips-reserved = yes */ \
  :: d_step { may_bind(S, P) && s[S].last == 0 && !reserved(P) -> s[S].port = P } \
  /* port 0, associated: ASSOC-3, BIND-21; SIL-22b (not after the end) */ \
  :: d_step { may_bind(S, P) && s[S].last != 0 && in_force(s[S].last) && covers(s[S].last, P) -> s[S].port = P } \
  /* the port given, not associated: BIND-1, SIL-15 (not in a reservation) */ \
  :: d_step { may_bind(S, P) && s[S].last == 0 && !reserved(P) -> s[S].port = P } \
  /* the port given, associated: SIL-11 (inside that port, outside refused) */ \
  :: d_step { may_bind(S, P) && s[S].last != 0 && in_force(s[S].last) && covers(s[S].last, P) -> s[S].port = P }

#define NAMED(S) \
  :: d_step { s[S].port != 0 -> skip }                                             /* getsockname: GSN-1, GSN-2 */ \
  :: d_step { open(S) -> close_socket(S) }                                         /* closesocket */

/* What must hold in every state */

#define disjoint(A, B)   (t[A].first + t[A].count <= t[B].first || t[B].first + t[B].count <= t[A].first)
#define inside_block(S)  (s[S].port == 0 || s[S].last == 0 || !in_force(s[S].last) || covers(s[S].last, s[S].port))
#define outsider(S)      (s[S].port != 0 && s[S].last == 0)
#define has_owner(T)     (!in_force(T) || open(t[T].owner))

#define holds \
  ( (!in_force(1) || !in_force(2) || disjoint(1, 2))     /* SIL-1: reservations in force do not overlap */ \
 && inside_block(1) && inside_block(2)                   /* ASSOC-3 */ \
 && !(outsider(1) && reserved(s[1].port))                /* SIL-15: no rule lets one in */ \
 && !(outsider(2) && reserved(s[2].port)) \
 && has_owner(1) && has_owner(2)                         /* ACQ-31: nothing outlives its owner */ \
 && (s[1].process == 0 || started(s[1].process)) && (s[2].process == 0 || started(s[2].process)) \
 && (t[1].kind != 2 || used(1)) && (t[2].kind != 2 || used(2)) \
 && (s[1].port == 0 || s[1].port != s[2].port))          /* REUSE-8 */

#include "states.inc"
#ifdef STATES
c_code {
  static void print_state(void) {
    int i;
    printf("= %d %d", now.running[1], now.running[2]);
    for (i = 1; i <= 2; i++)
      printf(" %d %d %d %d", now.s[i].process, now.s[i].first, now.s[i].last, now.s[i].port);
    for (i = 1; i <= 2; i++)
      printf(" %d %d %d %d", now.t[i].kind, now.t[i].first, now.t[i].count, now.t[i].owner);
    printf("\n");
  }
}
#endif

active proctype machine() {
  do
  PRINT_STATE
  :: d_step { !holds -> assert(false) }
  PROCESS(1) PROCESS(2)
  SOCKET(1) SOCKET(2)
  ACQUIRES(1) ACQUIRES(2)
  WITH_TOKEN(1, 1) WITH_TOKEN(1, 2) WITH_TOKEN(2, 1) WITH_TOKEN(2, 2)
  BIND(1, 1) BIND(1, 2) BIND(1, 3) BIND(2, 1) BIND(2, 2) BIND(2, 3)
  NAMED(1) NAMED(2)
  od
}
