/*
 * The world `requests` of docs/small-worlds.md: overlapped requests, of one process of a standard user.
 *
 * Written from the page and the ledgers alone. Every option of the loop is one call with one reply that succeeds or has
 * an effect; what is refused and changes nothing is no option. Ports are 1 and 2: 50000 and 50001, the dynamic range.
 */
#define STARTUPS 1

#define OVERLAPPED     1
#define NON_OVERLAPPED 2

#define UNUSED        0
#define PENDING       1
#define CANCELLED     2           /* pending, and somebody has asked to cancel it */
#define OK            3
#define ACQUIRED      3           /* + the port: 4 is 50000, 5 is 50001 */
#define NOT_SUPPORTED 6           /* WSAEOPNOTSUPP */
#define ABORTED       7           /* WSA_OPERATION_ABORTED */
#define PRESET_PENDING       8    /* the program itself has written STATUS_PENDING into it */
#define PRESET_ACCESS_DENIED 9    /* STATUS_ACCESS_DENIED */

typedef Socket {                  /* a closed socket's row is all zero */
  byte open;
  bit associated;                 /* with t1 */
  byte port
}
typedef Request {
  byte state;
  bit routine;
  byte socket                     /* 0 once it is closed */
}

byte running[2] = 1;              /* the process 1; [0] is no process */
Socket s[3];
byte kind, first, owner;          /* the token t1: 1 in force, 2 ended and still used */
Request o[3];

/* The process, the token and its block of one port */

#define open(S)       (s[S].open != 0)
#define bound(P)      (s[1].port == P || s[2].port == P)
#define in_force      (kind == 1)                                              /* of the process itself: ACQ-30, REL-2 */
#define reserved(P)   (in_force && first == P)
#define is_free(P)    (!reserved(P) && !bound(P))                              /* ACQ-27, SIL-1, SIL-2 */

/* Requests */

#define is_pending(Q) (o[Q].state == PENDING || o[Q].state == CANCELLED)
#define gave(Q)       (o[Q].state >= OK && o[Q].state <= ACQUIRED + 2)         /* done, and a success */

inline cancel(Q) {                /* OVL-9: it may complete all the same */
  if
  :: o[Q].state == PENDING -> o[Q].state = CANCELLED
  :: else
  fi
}
inline cancel_on(S, Q) {
  if
  :: o[Q].state == PENDING && o[Q].socket == S -> o[Q].state = CANCELLED
  :: else
  fi
}
inline part(S, Q) {               /* OVL-10, OVL-11: the end of its socket cancels a request */
  if
  :: o[Q].socket == S -> cancel(Q); o[Q].socket = 0
  :: else
  fi
}
/* reservation.ended-still-blocks = no, SIL-22b: an ended reservation keeps its row while an association names it */
inline forget() {
  if
  :: kind == 2 && !s[1].associated && !s[2].associated -> kind = 0
  :: else
  fi
}
inline end_reservation() {
  kind = 2; first = 0; owner = 0;
  forget()
}
/* SOCK-8, ACQ-31, SIL-22c, OVL-10 */
inline close_socket(S) {
  s[S].open = 0; s[S].associated = 0; s[S].port = 0;
  if
  :: owner == S -> end_reservation()
  :: else -> forget()
  fi;
  part(S, 1);
  part(S, 2)
}
inline close_if_open(S) {
  if
  :: open(S) -> close_socket(S)
  :: else
  fi
}
inline close_sockets_of(P) {
  close_if_open(1);
  close_if_open(2)
}
inline unuse(Q) {
  o[Q].state = UNUSED; o[Q].routine = 0; o[Q].socket = 0
}
/* What an ioctl at once leaves in the structure (ioctl.pends = inline): on a non-overlapped socket nothing (ACQ-10) */
inline done(S, Q, R, GAVE) {
  if
  :: s[S].open == OVERLAPPED -> o[Q].state = GAVE; o[Q].routine = R; o[Q].socket = S
  :: else
  fi
}

#define runs          (running[1] != 0)
#define started       (running[1] == 2)                                        /* ERR-13: one startup left */

#define PROCESS \
  /* startup: ERR-13; it answers ok, or the version that it grants */ \
  :: d_step { running[1] == 1 -> running[1] = 2 } \
  :: d_step { running[1] == 1 -> running[1] = 2 } \
  :: d_step { started -> running[1] = 1; close_sockets_of(1) }                 /* cleanup: SOCK-15, OVL-11 */ \
  :: d_step { runs -> running[1] = 0; close_sockets_of(1); unuse(1); unuse(2) } /* exit: SOCK-13, SOCK-16, SIL-27 */ \
  :: d_step { !runs -> running[1] = 1 }                                        /* start: UAC-4 */

/* Sockets */

#define SOCKET(S, HOW)            /* SOCK-1, SOCK-2: overlapped, or not */ \
  :: d_step { started && lowest_vacant(S) -> s[S].open = HOW }
#define lowest_vacant(S)  (!open(S) && (S == 1 || open(1)))

/* BIND-10: not bound yet. All sockets are without options at the wildcard address: T2 lets no two have one port */
#define may_bind(S, P)    (open(S) && s[S].port == 0 && !bound(P))

#define BIND(S, P) \
  /* not associated: BIND-1, BIND-14, SIL-15 */ \
  :: d_step { may_bind(S, P) && !s[S].associated && !reserved(P) -> s[S].port = P } \
  /* associated: ASSOC-3, BIND-21, SIL-11; SIL-22b (not after the end) */ \
  :: d_step { may_bind(S, P) && s[S].associated && reserved(P) -> s[S].port = P }
#define BINDS(S) \
  BIND(S, 1) BIND(S, 2)                                                        /* bind 0.0.0.0:0 */ \
  BIND(S, 1)                                                                   /* bind 0.0.0.0:50000 */

/* Ioctls with the structure Q and the routine R */

#define may_name(S, Q)    (open(S) && !is_pending(Q))

#define ACQUIRE(S, Q, R, P)       /* ACQ-1, ACQ-29 */ \
  :: d_step { may_name(S, Q) && kind == 0 && is_free(P) -> \
       kind = 1; first = P; owner = S; done(S, Q, R, ACQUIRED + P) }
#define IOCTL(S, Q, R) \
  /* acquire 0+1 (HDR-8, SIL-5), acquire 50000+1 */ \
  ACQUIRE(S, Q, R, 1) ACQUIRE(S, Q, R, 2) ACQUIRE(S, Q, R, 1) \
  /* associate: ASSOC-1, ASSOC-2 */ \
  :: d_step { may_name(S, Q) && s[S].port == 0 && in_force -> s[S].associated = 1; done(S, Q, R, OK) } \
  /* release: REL-1, REL-2, SIL-22a, SIL-22e */ \
  :: d_step { may_name(S, Q) && in_force -> end_reservation(); done(S, Q, R, OK) } \
  /* an unknown code: ioctl.unknown-pends = pends; on a non-overlapped socket refused at once (IOCTL-3) */ \
  :: d_step { may_name(S, Q) && s[S].open == OVERLAPPED -> o[Q].state = PENDING; o[Q].routine = R; o[Q].socket = S }
#define IOCTLS(S)   IOCTL(S, 1, 0) IOCTL(S, 1, 1) IOCTL(S, 2, 0) IOCTL(S, 2, 1)

/* What becomes of requests */

#define COMPLETE(Q) \
  /* complete, its socket open: IOCTL-4 (no provider knows the code) */ \
  :: d_step { is_pending(Q) && o[Q].socket != 0 -> o[Q].state = NOT_SUPPORTED } \
  /* OVL-9, ACQ-19: cancelled; OVL-10: its socket closed */ \
  :: d_step { o[Q].state == CANCELLED -> o[Q].state = ABORTED }

#define may_ask(Q)    (started && o[Q].socket != 0)
#define RESULT(Q) \
  /* result: OVL-1, OVL-9; and result with wait */ \
  :: d_step { may_ask(Q) && is_pending(Q) -> o[Q].state = NOT_SUPPORTED } \
  :: d_step { may_ask(Q) && is_pending(Q) -> o[Q].state = NOT_SUPPORTED } \
  :: d_step { may_ask(Q) && o[Q].state == CANCELLED -> o[Q].state = ABORTED } \
  :: d_step { may_ask(Q) && o[Q].state == CANCELLED -> o[Q].state = ABORTED } \
  :: d_step { may_ask(Q) && gave(Q) -> skip } \
  :: d_step { may_ask(Q) && gave(Q) -> skip }

#define PRESET(Q)                 /* PC-53: it belongs to no socket and has no routine */ \
  :: d_step { runs && !is_pending(Q) -> o[Q].state = PRESET_PENDING; o[Q].routine = 0; o[Q].socket = 0 } \
  :: d_step { runs && !is_pending(Q) -> o[Q].state = PRESET_ACCESS_DENIED; o[Q].routine = 0; o[Q].socket = 0 } \
  /* result with wait, on either socket: PF-19 (it looks at the event alone) */ \
  :: d_step { o[Q].state == PRESET_PENDING && (open(1) || open(2)) -> skip }

#define COMPLETION(Q)             /* IOCTL-9, IOCTL-11, OVL-6: whether its socket is open or not */ \
  :: d_step { started && o[Q].routine && is_pending(Q) -> o[Q].state = NOT_SUPPORTED } \
  :: d_step { started && o[Q].routine && o[Q].state == CANCELLED -> o[Q].state = ABORTED } \
  :: d_step { started && o[Q].routine && gave(Q) -> skip }

#define is_pending_on(S, Q)   (is_pending(Q) && o[Q].socket == S)
#define CANCEL(S) \
  /* cancel s: OVL-7; OVL-8 (refused where none is outstanding) */ \
  :: d_step { open(S) && (is_pending_on(S, 1) || is_pending_on(S, 2)) -> cancel_on(S, 1); cancel_on(S, 2) } \
  /* cancel s o1, cancel s o2 */ \
  :: d_step { open(S) && is_pending_on(S, 1) -> cancel(1) } \
  :: d_step { open(S) && is_pending_on(S, 2) -> cancel(2) }

#define ENDTHREAD                 /* IOCTL-12 */ \
  :: d_step { runs -> cancel(1); cancel(2) }

/* What must hold in every state */

#define inside_block(S)  (s[S].port == 0 || !s[S].associated || !in_force || first == s[S].port)
#define outside(S)       (s[S].port == 0 || s[S].associated || !reserved(s[S].port))
#define is_request(Q) \
  ( (o[Q].state != UNUSED || (!o[Q].routine && o[Q].socket == 0)) \
 && (o[Q].state != PENDING || o[Q].socket != 0)                         /* OVL-10: no end of a socket leaves it alone */ \
 && (o[Q].socket == 0 || open(o[Q].socket)) \
 && (o[Q].state < PRESET_PENDING || (!o[Q].routine && o[Q].socket == 0))      /* PC-53 */ \
 && (o[Q].state == UNUSED || runs))

#define holds \
  ( inside_block(1) && inside_block(2)                                  /* ASSOC-3 */ \
 && outside(1) && outside(2)                                            /* SIL-15: no rule lets one in */ \
 && (kind == 0 || kind == 2 || (kind == 1 && open(owner)))              /* ACQ-31: nothing outlives its owner */ \
 && (kind != 2 || s[1].associated || s[2].associated) \
 && ((!open(1) && !open(2)) || started) \
 && (s[1].port == 0 || s[1].port != s[2].port)                          /* REUSE-8 */ \
 && is_request(1) && is_request(2))

#include "states.inc"
#ifdef STATES
c_code {
  static void print_state(void) {
    int i;
    printf("= %d", now.running[1]);
    for (i = 1; i <= 2; i++)
      printf(" %d %d %d", now.s[i].open, now.s[i].associated, now.s[i].port);
    printf(" %d %d %d", now.kind, now.first, now.owner);
    for (i = 1; i <= 2; i++)
      printf(" %d %d %d", now.o[i].state, now.o[i].routine, now.o[i].socket);
    printf("\n");
  }
}
#endif

active proctype everything() {
  do
  PRINT_STATE
  :: d_step { !holds -> assert(false) }
  PROCESS
  SOCKET(1, OVERLAPPED) SOCKET(1, NON_OVERLAPPED) SOCKET(2, OVERLAPPED) SOCKET(2, NON_OVERLAPPED)
  BINDS(1) BINDS(2)
  :: d_step { open(1) -> close_socket(1) }                                     /* closesocket */
  :: d_step { open(2) -> close_socket(2) }
  IOCTLS(1) IOCTLS(2)
  COMPLETE(1) COMPLETE(2)
  RESULT(1) RESULT(2)
  PRESET(1) PRESET(2)
  COMPLETION(1) COMPLETION(2)
  CANCEL(1) CANCEL(2)
  ENDTHREAD
  od
}
