/*
 * The world `connections` of docs/small-worlds.md: sharing options, connections, further descriptors and what lingers.
 *
 * Written from the page and the ledgers alone. Every option of the loop is one call with one reply that has an effect or
 * succeeds; what is refused and changes nothing is no option. Ports are 1 and 2: 50000 and 50001, the dynamic range; a
 * bound socket with port 0 has one that nobody has seen. Addresses are 0, the wildcard, and 1, 127.0.0.1.
 */
#define TCP 1
#define UDP 2

#define DEFAULT   0
#define REUSE     1               /* SO_REUSEADDR */
#define EXCLUSIVE 2               /* SO_EXCLUSIVEADDRUSE */

#define NONE      0
#define UNDER_WAY 1
#define FAILED    2
#define CONNECTED 3
#define ACCEPTED  4

typedef Socket {                  /* a closed socket's row is all zero */
  byte what;                      /* 1 socket, 2 further descriptor of the socket in the other row: zeros behind process */
  byte process;
  byte kind;
  bit no_inherit;
  byte options;
  bit non_blocking;
  byte affinity;                  /* 1 + the processor */
  byte port;
  bit address, implicit, listening;
  byte connection
}
typedef Lingering {
  byte port;
  bit address, exclusive
}

Socket s[3];
Lingering lingering;

/* Sockets. O is the other row, and D the row that a call names: that of the socket, or that of a further descriptor */

#define vacant(S)     (s[S].what == 0)
#define is(S, K)      (s[S].what == 1 && s[S].kind == K)
#define exists(S)     (s[S].what == 1)
#define acts(D, S)    (exists(S) && (D == S || s[D].what == 2))                        /* SOCK-13 */
#define linked(S)     (s[S].connection == CONNECTED || s[S].connection == ACCEPTED)
#define idle(S)       (s[S].connection == NONE || s[S].connection == FAILED)
#define untouched(S)  (s[S].port == 0 && s[S].connection == NONE)                      /* SOCK-5: not bound */
#define unseen(S)     (is(S, TCP) && s[S].port == 0 && s[S].connection != NONE)        /* connect.failed-binds = yes */
#define named(S)      (s[S].port != 0 || unseen(S))

/* BIND-14: no socket of the protocol has bound the port, accepted or not */
#define is_free(S, O, P) (!(exists(O) && s[O].kind == s[S].kind && s[O].port == P))

/*
 * T2 of the sharing tables (REUSE-8, REUSE-9; bind.sharing-table = 2003), the columns of a specific address:
 *
 *                  default S   reuse S   exclusive S
 *   default W      ok          ok        ok
 *   reuse W        ok          ok        ok
 *   exclusive W    ACCESS      ACCESS    ACCESS
 *   default S      INUSE       ACCESS    INUSE
 *   reuse S        INUSE       ok        INUSE
 *   exclusive S    INUSE       ACCESS    INUSE
 */
#define refuses(O, S) \
  (s[O].address == 0 -> s[O].options == EXCLUSIVE : !(s[O].options == REUSE && s[S].options == REUSE))
#define apart(O, S)      (s[O].affinity != 0 && s[S].affinity != 0 && s[O].affinity != s[S].affinity)
/* PF-21: an accepted socket is in nobody's way; EV-33: nor is one on another processor */
#define in_the_way(O, S, P) \
  (exists(O) && s[O].kind == s[S].kind && s[O].port == P && s[O].connection != ACCEPTED && refuses(O, S) && !apart(O, S))

inline zero(S) {
  s[S].what = 0; s[S].process = 0; s[S].kind = 0; s[S].no_inherit = 0; s[S].options = 0; s[S].non_blocking = 0;
  s[S].affinity = 0; s[S].port = 0; s[S].address = 0; s[S].implicit = 0; s[S].listening = 0; s[S].connection = 0
}
inline copy(S, O) {               /* the row of S but what, process and no-inherit */
  s[O].kind = s[S].kind; s[O].options = s[S].options; s[O].non_blocking = s[S].non_blocking;
  s[O].affinity = s[S].affinity; s[O].port = s[S].port; s[O].address = s[S].address;
  s[O].implicit = s[S].implicit; s[O].listening = s[S].listening; s[O].connection = s[S].connection
}
inline name(S, P, AT) {           /* CONN-1, SEND-1: bound by a call that is not bind */
  s[S].port = P; s[S].address = AT; s[S].implicit = 1
}
inline leave(S) {                 /* SOCK-12, DYN-12, REUSE-12: the connection outlasts its socket */
  if
  :: s[S].kind == TCP && linked(S) && s[S].port != 0 ->
     lingering.port = s[S].port;
     lingering.address = s[S].address;
     lingering.exclusive = (s[S].connection == ACCEPTED && s[S].options == EXCLUSIVE)
  :: else
  fi
}

/* Sockets come */

#define SOCKET(S, K, N)           /* socket, open: SOCK-5, SOCK-6; by p1 */ \
  :: d_step { lowest_vacant(S) -> s[S].what = 1; s[S].process = 1; s[S].kind = K; s[S].no_inherit = N }
#define lowest_vacant(S)  (vacant(S) && (S == 1 || !vacant(1)))

#define ACCEPT(S, O)              /* ACCEPT-1, ACCEPT-2: by the process of the listener */ \
  :: d_step { is(S, TCP) && s[S].listening && vacant(O) -> \
       s[O].what = 1; s[O].process = s[S].process; copy(S, O); s[O].listening = 0; s[O].connection = ACCEPTED }

#define DESCRIPTORS(S, O) \
  /* duplicate: SOCK-13, SOCK-14, to the other process */ \
  :: d_step { exists(S) && vacant(O) -> s[O].what = 2; s[O].process = 3 - s[S].process } \
  /* inherit: SOCK-6, SOCK-13 */ \
  :: d_step { exists(S) && vacant(O) && !s[S].no_inherit -> s[O].what = 2; s[O].process = 3 - s[S].process }

/* Options */

/* The page asks for one kind of option at a time: they multiply the states and touch each other nowhere */
#define may_setsockopt(S)    (exists(S) && untouched(S) && !s[S].non_blocking && s[S].affinity == 0 && !s[S].no_inherit)
#define may_ioctlsocket(S)   (is(S, TCP) && s[S].options == DEFAULT)
#define may_affinity(S)      (is(S, UDP) && s[S].options == DEFAULT && !s[S].no_inherit)

#define OPTIONS(D, S) \
  /* setsockopt SO_REUSEADDR 1, 0: SOPT-1; SIL-42, PF-5 (1 is refused while the other is set, 0 never) */ \
  :: d_step { acts(D, S) && may_setsockopt(S) && s[S].options != EXCLUSIVE -> s[S].options = REUSE } \
  :: d_step { acts(D, S) && may_setsockopt(S) -> s[S].options = (s[S].options == REUSE -> DEFAULT : s[S].options) } \
  /* setsockopt SO_EXCLUSIVEADDRUSE 1, 0 */ \
  :: d_step { acts(D, S) && may_setsockopt(S) && s[S].options != REUSE -> s[S].options = EXCLUSIVE } \
  :: d_step { acts(D, S) && may_setsockopt(S) -> s[S].options = (s[S].options == EXCLUSIVE -> DEFAULT : s[S].options) } \
  /* getsockopt of either: SOPT-2 */ \
  :: d_step { acts(D, S) -> skip } \
  :: d_step { acts(D, S) -> skip } \
  /* ioctlsocket FIONBIO: FIONBIO-1 */ \
  :: d_step { acts(D, S) && may_ioctlsocket(S) -> s[S].non_blocking = 0 } \
  :: d_step { acts(D, S) && may_ioctlsocket(S) -> s[S].non_blocking = 1 } \
  /* affinity: EV-33 */ \
  :: d_step { acts(D, S) && may_affinity(S) -> s[S].affinity = 1 } \
  :: d_step { acts(D, S) && may_affinity(S) -> s[S].affinity = 2 }

/* Names */

#define BIND_ANY(D, S, O, P)      /* bind 127.0.0.1:0: BIND-14, BIND-10 */ \
  :: d_step { acts(D, S) && untouched(S) && is_free(S, O, P) -> s[S].port = P; s[S].address = 1 }
#define BIND(D, S, O)             /* bind 127.0.0.1:50000: BIND-1, BIND-6, BIND-10 */ \
  :: d_step { acts(D, S) && untouched(S) && !in_the_way(O, S, 1) -> s[S].port = 1; s[S].address = 1 }

#define GETSOCKNAME(D, S) \
  /* GSN-1; GSN-4, BIND-16: a connection shows the address that it has */ \
  :: d_step { acts(D, S) && s[S].port != 0 -> \
       s[S].address = (s[S].kind == TCP && linked(S) -> 1 : s[S].address) } \
  /* GSN-4: one that may have come may have left its address, too */ \
  :: d_step { acts(D, S) && s[S].port != 0 && s[S].address == 0 && s[S].kind == TCP \
       && (s[S].connection == UNDER_WAY || s[S].connection == FAILED) -> skip } \
  /* GSN-4, PC-2: what connect has bound unseen is seen */ \
  :: d_step { acts(D, S) && unseen(S) -> name(S, 1, 1) } \
  :: d_step { acts(D, S) && unseen(S) -> name(S, 2, 1) }

#define GETPEERNAME(D, S)         /* GPN-1, GPN-2: of a connection; one under way may have come */ \
  :: d_step { acts(D, S) && linked(S) -> skip } \
  :: d_step { acts(D, S) && s[S].connection == UNDER_WAY -> s[S].connection = CONNECTED }

/* Datagrams */

#define DATAGRAM(D, S, O) \
  /* connect to either address: CONN-5, CONN-7 */ \
  :: d_step { acts(D, S) && is(S, UDP) && s[S].port != 0 -> s[S].connection = CONNECTED } \
  :: d_step { acts(D, S) && is(S, UDP) && s[S].port != 0 -> s[S].connection = CONNECTED } \
  /* sendto: SEND-1 */ \
  :: d_step { acts(D, S) && is(S, UDP) && s[S].port != 0 -> skip } \
  /* disconnect: P-19, PC-15; disconnect.not-connected = ok */ \
  :: d_step { acts(D, S) && is(S, UDP) -> s[S].connection = NONE } \
  DATAGRAM_BINDS(D, S, O, 1) DATAGRAM_BINDS(D, S, O, 2)
#define DATAGRAM_BINDS(D, S, O, P) /* CONN-1 (to either address), SEND-1 */ \
  :: d_step { acts(D, S) && is(S, UDP) && s[S].port == 0 && is_free(S, O, P) -> name(S, P, 0); s[S].connection = CONNECTED } \
  :: d_step { acts(D, S) && is(S, UDP) && s[S].port == 0 && is_free(S, O, P) -> name(S, P, 0); s[S].connection = CONNECTED } \
  :: d_step { acts(D, S) && is(S, UDP) && s[S].port == 0 && is_free(S, O, P) -> name(S, P, 0) }

/* Streams. CONN-3: connect is refused while the socket listens or is linked */

#define may_connect(S)    (is(S, TCP) && !s[S].listening && idle(S))
#define may_connectex(S)  (may_connect(S) && named(S))                                 /* CONN-6 */
#define listens_at(S)     (is(S, TCP) && s[S].listening && s[S].port == 1)
/* connect.refused, CONN-4: 127.0.0.1:50000 answers if somebody listens there, or may */
#define answers(S, O)     (listens_at(O) || s[S].port == 1 || unseen(S) || unseen(O))

#define UNDERWAY(D, S)            /* of connect and ConnectEx while a connect is under way: CONN-3 */ \
  :: d_step { acts(D, S) && is(S, TCP) && s[S].connection == UNDER_WAY -> s[S].connection = CONNECTED } /* WSAEISCONN */ \
  :: d_step { acts(D, S) && is(S, TCP) && s[S].connection == UNDER_WAY -> skip }                        /* WSAEWOULDBLOCK */ \
  :: d_step { acts(D, S) && is(S, TCP) && s[S].connection == UNDER_WAY -> s[S].connection = FAILED }    /* by the network */
#define CONNECTS(D, S, O, WHEN)   /* success: CONN-1, CONN-7; DYN-11 (not without a free port) */ \
  :: d_step { acts(D, S) && WHEN && s[S].port != 0 -> s[S].connection = CONNECTED } \
  :: d_step { acts(D, S) && WHEN && s[S].port == 0 && is_free(S, O, 1) -> name(S, 1, 0); s[S].connection = CONNECTED } \
  :: d_step { acts(D, S) && WHEN && s[S].port == 0 && is_free(S, O, 2) -> name(S, 2, 0); s[S].connection = CONNECTED }

#define CONNECT(D, S, O) \
  /* connect to 192.0.2.1:80 */ \
  UNDERWAY(D, S) \
  :: d_step { acts(D, S) && may_connect(S) -> s[S].connection = FAILED }                             /* CONN-2, CONN-4 */ \
  :: d_step { acts(D, S) && may_connect(S) && s[S].non_blocking -> s[S].connection = UNDER_WAY }     /* CONN-4 */ \
  CONNECTS(D, S, O, (may_connect(S) && !s[S].non_blocking)) \
  /* connect to 127.0.0.1:50000 */ \
  UNDERWAY(D, S) \
  :: d_step { acts(D, S) && may_connect(S) -> s[S].connection = FAILED } \
  :: d_step { acts(D, S) && may_connect(S) && s[S].non_blocking -> s[S].connection = UNDER_WAY } \
  CONNECTS(D, S, O, (may_connect(S) && !s[S].non_blocking && answers(S, O))) \
  /* connectex to 192.0.2.1:80: CONN-6, MISS-L (never binds by itself); blocking or not */ \
  UNDERWAY(D, S) \
  :: d_step { acts(D, S) && may_connectex(S) -> s[S].connection = FAILED } \
  CONNECTS(D, S, O, may_connectex(S))

#define STREAM(D, S) \
  /* listen: LISTEN-1, LISTEN-4, LISTEN-5; not asked while a connect is under way */ \
  :: d_step { acts(D, S) && is(S, TCP) && named(S) && idle(S) -> s[S].listening = 1 } \
  /* sendto: SEND-2; shows the port where nobody has seen it */ \
  :: d_step { acts(D, S) && is(S, TCP) && s[S].port != 0 && (linked(S) || s[S].connection == UNDER_WAY) -> skip } \
  :: d_step { acts(D, S) && is(S, TCP) && s[S].port == 0 && (linked(S) || s[S].connection == UNDER_WAY) -> name(S, 1, 0) } \
  :: d_step { acts(D, S) && is(S, TCP) && s[S].port == 0 && (linked(S) || s[S].connection == UNDER_WAY) -> name(S, 2, 0) }

#define CALLS(D, S, O) \
  OPTIONS(D, S) \
  BIND_ANY(D, S, O, 1) BIND_ANY(D, S, O, 2) BIND(D, S, O) \
  GETSOCKNAME(D, S) GETPEERNAME(D, S) \
  DATAGRAM(D, S, O) \
  CONNECT(D, S, O) STREAM(D, S)

/* Sockets go */

#define CLOSE(S, O) \
  /* the last descriptor: SOCK-8, SOCK-11; asked only while nothing lingers if something will */ \
  :: d_step { exists(S) && s[O].what != 2 \
       && !(s[S].kind == TCP && linked(S) && s[S].port != 0 && lingering.port != 0) -> leave(S); zero(S) } \
  /* the socket's own row while there is a further descriptor: SOCK-13 */ \
  :: d_step { exists(S) && s[O].what == 2 -> s[O].what = 1; copy(S, O); zero(S) } \
  /* a further descriptor: SOCK-13 */ \
  :: d_step { s[S].what == 2 -> zero(S) }

#define SETTLE(P)                 /* DYN-12 */ \
  :: d_step { lingering.port == P -> lingering.port = 0; lingering.address = 0; lingering.exclusive = 0 }

/* What must hold in every state */

#define is_row(S, O) \
  ( (s[S].what != 0 || (s[S].process == 0 && is_blank(S))) \
 && (s[S].what != 2 || (is_blank(S) && exists(O) && s[O].process == 3 - s[S].process)) \
 && (s[S].what != 1 || s[S].kind == TCP || s[S].kind == UDP) \
 && (s[S].kind != TCP || (s[S].affinity == 0 && !s[S].no_inherit)) \
 && (s[S].kind != UDP || (!s[S].listening && !s[S].non_blocking && (s[S].connection == NONE || s[S].connection == CONNECTED))) \
 && (s[S].kind != UDP || s[S].connection == NONE || s[S].port != 0)         /* CONN-1: connected is bound */ \
 && (s[S].port != 0 || (s[S].address == 0 && !s[S].implicit)) \
 && (!s[S].listening || (named(S) && idle(S)))                              /* LISTEN-1, LISTEN-4 */ \
 && (s[S].address == 1 || s[S].port == 0 || s[S].implicit || s[S].connection == ACCEPTED))
#define is_blank(S) \
  (s[S].kind == 0 && !s[S].no_inherit && s[S].options == 0 && !s[S].non_blocking && s[S].affinity == 0 && s[S].port == 0 \
   && !s[S].address && !s[S].implicit && !s[S].listening && s[S].connection == 0)

#define holds \
  ( is_row(1, 2) && is_row(2, 1) \
 && (lingering.port != 0 || (!lingering.address && !lingering.exclusive)))

#include "states.inc"
#ifdef STATES
c_code {
  static void print_state(void) {
    int i;
    printf("=");
    for (i = 1; i <= 2; i++)
      printf(" %d %d %d %d %d %d %d %d %d %d %d %d", now.s[i].what, now.s[i].process, now.s[i].kind, now.s[i].no_inherit,
        now.s[i].options, now.s[i].non_blocking, now.s[i].affinity, now.s[i].port, now.s[i].address, now.s[i].implicit,
        now.s[i].listening, now.s[i].connection);
    printf(" %d %d %d\n", now.lingering.port, now.lingering.address, now.lingering.exclusive);
  }
}
#endif

active proctype everything() {
  do
  PRINT_STATE
  :: d_step { !holds -> assert(false) }
  SOCKET(1, TCP, 0) SOCKET(1, UDP, 0) SOCKET(1, UDP, 1)
  SOCKET(2, TCP, 0) SOCKET(2, UDP, 0) SOCKET(2, UDP, 1)
  SOCKET(1, TCP, 0) SOCKET(2, TCP, 0)                                                  /* open AF_INET SOCK_STREAM 0 */
  ACCEPT(1, 2) ACCEPT(2, 1)
  DESCRIPTORS(1, 2) DESCRIPTORS(2, 1)
  CALLS(1, 1, 2) CALLS(2, 1, 2) CALLS(2, 2, 1) CALLS(1, 2, 1)
  CLOSE(1, 2) CLOSE(2, 1)
  SETTLE(1) SETTLE(2)
  od
}
