/*
 * The world `machine` of docs/small-worlds.md: persistent reservations, exclusions, system blocks, dynamic ranges and
 * restarts, by an elevated administrator (process 1) and a standard user of another account (process 2).
 *
 * Written from the page and the ledgers alone. Every option of the loop is one call with one reply that succeeds; what
 * is refused changes nothing and is no option. Ports are 1 and 2: 50000 and 50001. The blocks A = 50000+2 and
 * B = 50001+1 have port 2 in common: any two blocks of one protocol, equal or not, overlap.
 */
#define STARTUPS 1
/* The page sets apart what would multiply every state: the network changes while nobody runs, and while a range is not D0
 * processes exit and start, and nothing is called but setdynamic, showdynamic and restart */
#define may_call   (range == 0 && stored_range == 0)
#define may_start  (!down)
#define ADMIN 1                   /* UAC-1, UAC-2: the process that is an elevated administrator */
#define USER  2

#define TCP 1
#define UDP 2
#define A 1
#define B 2

typedef Token {                   /* kind: 1 runtime, 2 persistent, 3 persistent and not seen since a restart, 4 ended */
  byte kind, protocol, block
}
typedef Protocol {
  byte excluded[3];               /* by block: 1 active, 2 persistent, 3 suspended (deleted, until the next restart) */
  bit taken[3]                    /* by block: 1 while a system component has it */
}

byte running[3] = 1;              /* the processes 1 and 2; [0] is no process */
byte process, protocol, first, last, port;              /* the socket s1; all zero while it is closed */
Token t[3];
Protocol q[3];                    /* by protocol */
bit range, stored_range;          /* of tcp: 0 is D0, 1 is D1 */
bit down;                         /* the network */

/* Sockets, tokens and blocks */

#define open               (process != 0)
#define used(T)            (first == T || last == T)
#define has(K, P)          (P == 2 || (K == A && P == 1))                  /* the block K has the port P */
#define bound_in(R, K)     (protocol == R && port != 0 && has(K, port))
#define in_force(T)        (t[T].kind >= 1 && t[T].kind <= 3)
#define persistent(T)      (t[T].kind == 2 || t[T].kind == 3)
#define of_block(T, R, K)  (persistent(T) && t[T].protocol == R && t[T].block == K)
#define token_is_vacant    (t[1].kind == 0 || t[2].kind == 0)

#define is_reserved(R)     ((in_force(1) && t[1].protocol == R) || (in_force(2) && t[2].protocol == R))
#define counts(R, K)       (q[R].excluded[K] == 1 || q[R].excluded[K] == 2)
#define is_excluded(R)     (counts(R, A) || counts(R, B))
#define is_taken(R)        (q[R].taken[A] || q[R].taken[B])

/* What keeps acquire (SIL-1, SIL-2, SIL-19), create (PERSIST-10, PERSIST-11, SIL-19, SIL-20) and addexcluded (XR-6,
 * MISS-G) out of the block K of the protocol R, each with the same answers */
#define is_free(R, K)      (!is_reserved(R) && !is_excluded(R) && !is_taken(R) && !bound_in(R, K))

inline vacate(T) {
  t[T].kind = 0; t[T].protocol = 0; t[T].block = 0
}
/* reservation.ended-still-blocks = no, SIL-22b: an ended reservation keeps its row while an association names it */
inline end_reservation(T) {
  if
  :: used(T) -> t[T].kind = 4; t[T].protocol = 0; t[T].block = 0
  :: else -> vacate(T)
  fi
}
inline close_token(T) {
  if
  :: t[T].kind == 1 || t[T].kind == 4 -> vacate(T)       /* ACQ-31: the socket has acquired it; or the last use ends */
  :: else
  fi
}
/* SOCK-8, ACQ-31 */
inline close_socket() {
  process = 0; protocol = 0; first = 0; last = 0; port = 0;
  close_token(1);
  close_token(2)
}
inline close_sockets_of(P) {
  if
  :: process == P -> close_socket()
  :: else
  fi
}
inline reserve(K, R, C) {
  if
  :: t[1].kind == 0 -> t[1].kind = K; t[1].protocol = R; t[1].block = C
  :: else           -> t[2].kind = K; t[2].protocol = R; t[2].block = C
  fi
}
inline rename(T, N) {                                    /* ASSOC-20: the token is another since the restart */
  t[N].kind = 2; t[N].protocol = t[T].protocol; t[N].block = t[T].block;
  vacate(T)
}
inline tie(T) {
  if
  :: first == 0 -> first = T
  :: else
  fi;
  last = T;                                              /* SIL-10b, associate.again = last-counts */
  if
  :: t[T].kind == 3 -> t[T].kind = 2                     /* ASSOC-20: the token has outlived the restart */
  :: else
  fi
}

#include "processes.inc"

/* The socket */

#define SOCKET(P, R) \
  :: d_step { may_call && started(P) && !open -> process = P; protocol = R }                   /* SOCK-5, SOCK-7 */

#define ACQUIRE(K)                /* ACQ-1; SIL-7a to SIL-7c: whatever the socket is, and again */ \
  :: d_step { open && token_is_vacant && is_free(protocol, K) -> reserve(1, protocol, K) }

#define ASSOCIATE(T)              /* ASSOC-2 (before bind), SIL-9a (of its protocol), SIL-8a; a runtime token is the socket's own */ \
  :: d_step { open && port == 0 && t[T].kind == 1 && t[T].protocol == protocol -> tie(T) } \
  /* ASSOC-26: a persistent token needs an elevated administrator */ \
  :: d_step { open && port == 0 && persistent(T) && t[T].protocol == protocol && process == ADMIN -> tie(T) }

#define may_bind(P)       (open && port == 0)                                      /* BIND-10; nobody else binds */
#define in_its_block(P)   (last != 0 && in_force(last) && has(t[last].block, P))   /* SIL-22b: not after the end */
#define lies_in(T, P)     (in_force(T) && t[T].protocol == protocol && has(t[T].block, P))
#define is_reserved_at(P) (lies_in(1, P) || lies_in(2, P))
#define is_taken_at(P)    ((q[protocol].taken[A] && has(A, P)) || (q[protocol].taken[B] && has(B, P)))

#define BIND(P) \
  /* not associated: BIND-1; SIL-15, EV-80, EV-115 (not in a reservation or a system block); XR-7 (an exclusion does not refuse) */ \
  :: d_step { may_bind(P) && last == 0 && !is_reserved_at(P) && !is_taken_at(P) -> port = P } \
  /* associated, the port given: SIL-11 (inside that port, outside refused) */ \
  :: d_step { may_bind(P) && in_its_block(P) -> port = P } \
  /* associated, port 0: ASSOC-3, BIND-21 */ \
  :: d_step { may_bind(P) && in_its_block(P) -> port = P }

/* Persistent reservations */

#define CREATE(R, K)              /* PERSIST-6, PERSIST-13 */ \
  :: d_step { may_call && runs(ADMIN) && token_is_vacant && is_free(R, K) -> reserve(2, R, K) }

#define DELETE(R, K)              /* PERSIST-20, PERSIST-22, PERSIST-23; SIL-23a (used or not), SIL-23b (exactly this block) */ \
  :: d_step { runs(ADMIN) && of_block(1, R, K) -> end_reservation(1) } \
  :: d_step { runs(ADMIN) && of_block(2, R, K) -> end_reservation(2) }

#define LOOKUP_OF(T, N, P, R, K)  /* PERSIST-26, PERSIST-27; PERSIST-30 (whoever asks) */ \
  :: d_step { runs(P) && of_block(T, R, K) -> t[T].kind = 2 } \
  /* ASSOC-20: after a restart perhaps another token */ \
  :: d_step { runs(P) && of_block(T, R, K) && t[T].kind == 3 && t[N].kind == 0 -> rename(T, N) }

#define LOOKUP(P, R, K)   LOOKUP_OF(1, 2, P, R, K) LOOKUP_OF(2, 1, P, R, K)

/* Exclusions */

#define EXCLUDED(R, K) \
  /* addexcluded active: XR-1, XR-6; over a suspended one of this block: persistent */ \
  :: d_step { may_call && runs(ADMIN) && is_free(R, K) -> q[R].excluded[K] = (q[R].excluded[K] == 3 -> 2 : 1) } \
  /* addexcluded persistent: XR-1, XR-6 */ \
  :: d_step { may_call && runs(ADMIN) && is_free(R, K) -> q[R].excluded[K] = 2 } \
  /* deleteexcluded active: XR-2 (until the next restart); sockets bound in it or not (MISS-G) */ \
  :: d_step { runs(ADMIN) && counts(R, K) -> q[R].excluded[K] = (q[R].excluded[K] == 2 -> 3 : 0) } \
  /* deleteexcluded persistent: XR-2, MISS-G (for good) */ \
  :: d_step { runs(ADMIN) && q[R].excluded[K] != 0 -> q[R].excluded[K] = 0 } \
  /* showexcluded: XR-3, XR-4, SIL-21; everybody may look */ \
  :: d_step { may_call && runs(ADMIN) -> skip } \
  :: d_step { may_call && runs(USER) -> skip }

/* Dynamic ranges */

#define no_exclusion(R)  (q[R].excluded[A] == 0 && q[R].excluded[B] == 0)
#define all_zero  /* but the processes, the ranges and the network */ \
  (!open && t[1].kind == 0 && t[2].kind == 0 && no_exclusion(TCP) && no_exclusion(UDP) && !is_taken(TCP) && !is_taken(UDP))

#define SETDYNAMIC(D)             /* DYN-3, DYN-6, SIL-29 */ \
  :: d_step { runs(ADMIN) && all_zero -> range = D } \
  :: d_step { runs(ADMIN) && all_zero -> range = D; stored_range = D }

#define SHOWDYNAMIC(P)            /* DYN-6; of tcp, of udp */ \
  :: d_step { runs(P) -> skip } \
  :: d_step { runs(P) -> skip }

/* The machine */

#define BLOCKS(R) \
  /* appear A by winnat: EV-74 (no port in use, no exclusion), no other system block */ \
  :: d_step { may_call && !bound_in(R, A) && !is_taken(R) && !is_excluded(R) -> q[R].taken[A] = 1 } \
  /* appear B by wsl: EV-74 (an exclusion does not keep the mirrored mode out) */ \
  :: d_step { may_call && !bound_in(R, B) && !is_taken(R) -> q[R].taken[B] = 1 } \
  /* vanish */ \
  :: d_step { q[R].taken[A] -> q[R].taken[A] = 0 } \
  :: d_step { q[R].taken[B] -> q[R].taken[B] = 0 }

#define nobody_runs  (!runs(1) && !runs(2))
#define NETWORK                   /* ERR-11, BIND-4 */ \
  :: d_step { may_call && nobody_runs && !down -> down = 1 } \
  :: d_step { may_call && nobody_runs && down -> down = 0 }

inline restart_token(T) {
  if
  :: t[T].kind == 2 -> t[T].kind = 3                     /* PERSIST-15, ASSOC-20 */
  :: else
  fi
}
inline restart_block(R, K) {
  q[R].taken[K] = 0;
  if
  :: q[R].excluded[K] == 1 -> q[R].excluded[K] = 0       /* XR-1: active until the restart */
  :: q[R].excluded[K] == 3 -> q[R].excluded[K] = 2       /* XR-2, MISS-G: it returns */
  :: else
  fi
}
/* The persistent set: what is stored of reservations and exclusions; the same before and after a restart */
#define stored_token(T)      (persistent(T) -> 4 * t[T].protocol + t[T].block : 0)
#define is_stored(R, K)      (q[R].excluded[K] == 2 || q[R].excluded[K] == 3)
#define stored_exclusions    (is_stored(1, A) + 2 * is_stored(1, B) + 4 * is_stored(2, A) + 8 * is_stored(2, B))
#define stored_set           (stored_token(1) + 16 * stored_token(2) + 256 * stored_exclusions)

int before;                       /* 0 but inside a restart */

#define RESTART \
  :: d_step { true -> \
       before = stored_set; \
       running[1] = 0; running[2] = 0; \
       close_socket(); \
       restart_token(1); restart_token(2); \
       restart_block(TCP, A); restart_block(TCP, B); restart_block(UDP, A); restart_block(UDP, B); \
       range = stored_range; \
       assert(before == stored_set);                     /* PERSIST-15: what is persistent survives */ \
       assert(t[1].kind != 1 && t[2].kind != 1 && !open);      /* ACQ-31, SIL-27: nothing else does */ \
       before = 0 }

/* What must hold in every state */

#define inside_block      (port == 0 || last == 0 || !in_force(last) || has(t[last].block, port))
#define outside_others    (port == 0 || last != 0 || !is_reserved_at(port))

#define holds \
  ( !(in_force(1) && in_force(2) && t[1].protocol == t[2].protocol)      /* PERSIST-11, SIL-20: no overlap */ \
 && inside_block                                                         /* ASSOC-3 */ \
 && outside_others                                                       /* SIL-15: no rule lets one in */ \
 && ((t[1].kind != 1 && t[2].kind != 1) || open)                         /* ACQ-31: nothing outlives its owner */ \
 && (process == 0 || started(process)) \
 && (t[1].kind != 4 || used(1)) && (t[2].kind != 4 || used(2)) \
 && (first == 0 || t[first].kind != 0) && (last == 0 || t[last].kind != 0) \
 && (process != USER || last == 0 || t[last].kind == 1))                 /* ASSOC-26 */

#include "states.inc"
#ifdef STATES
c_code {
  static void print_state(void) {
    int i;
    printf("= %d %d", now.running[1], now.running[2]);
    printf(" %d %d %d %d %d", now.process, now.protocol, now.first, now.last, now.port);
    for (i = 1; i <= 2; i++)
      printf(" %d %d %d", now.t[i].kind, now.t[i].protocol, now.t[i].block);
    for (i = 1; i <= 2; i++)
      printf(" %d %d", now.q[i].excluded[1], now.q[i].excluded[2]);
    for (i = 1; i <= 2; i++)
      printf(" %d %d", now.q[i].taken[1], now.q[i].taken[2]);
    printf(" %d %d %d\n", now.range, now.stored_range, now.down);
  }
}
#endif

active proctype everything() {
  do
  PRINT_STATE
  :: d_step { !holds -> assert(false) }
  PROCESS(1) PROCESS(2)
  SOCKET(1, TCP) SOCKET(1, UDP) SOCKET(2, TCP) SOCKET(2, UDP)
  ACQUIRE(B)
  ASSOCIATE(1) ASSOCIATE(2)
  BIND(1) BIND(2)
  :: d_step { open -> close_socket() }                                             /* closesocket */
  CREATE(TCP, A) CREATE(TCP, B) CREATE(UDP, A) CREATE(UDP, B)
  DELETE(TCP, A) DELETE(TCP, B) DELETE(UDP, A) DELETE(UDP, B)
  LOOKUP(1, TCP, A) LOOKUP(1, TCP, B) LOOKUP(1, UDP, A) LOOKUP(1, UDP, B)
  LOOKUP(2, TCP, A) LOOKUP(2, TCP, B) LOOKUP(2, UDP, A) LOOKUP(2, UDP, B)
  EXCLUDED(TCP, A) EXCLUDED(TCP, B) EXCLUDED(UDP, A) EXCLUDED(UDP, B)
  SETDYNAMIC(0) SETDYNAMIC(1)
  SHOWDYNAMIC(1) SHOWDYNAMIC(2)
  BLOCKS(TCP) BLOCKS(UDP)
  NETWORK
  RESTART
  od
}
