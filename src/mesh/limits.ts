/** Every limit and interval of the mesh, with its reason. */

/** Items in one address option. A mesh is a few dozen nodes; more is a pasted mistake. */
export const ADDRESSES_MAX = 256
export const NAME_LENGTH_MAX = 128

// Dialling. A healed link must carry changes within 6 s. At worst an attempt that began before the link healed runs out
// (its lost SYN is repeated after 1 and 3 s, so 2 s are left), one back-off passes, and the next attempt succeeds.

/** One question to an HTTP address. Long enough for one lost SYN (retransmitted after 1 s). */
export const ASK_TIMEOUT_MS = 1_500
/** From the first SYN to the end of the encrypted handshake, for all addresses of one node together. */
export const DIAL_TIMEOUT_MS = 3_000
/** The next of several addresses is tried beside the one before after this long: a handshake over a slow link takes less. */
export const DIAL_STAGGER_MS = 600
/** Longest pause between two attempts (the contract allows 5 s); the first is a tenth of a second. */
export const BACK_OFF_MAX_MS = 2_000
export const BACK_OFF_MIN_MS = 100
/** A connection that lived shorter does not reset the back-off, so a peer that accepts and dies is not hammered. */
export const SETTLED_MS = 1_000
/** An address that leads to this node is asked again: behind a load balancer it may lead to a sibling next time. */
export const SELF_RECHECK_MS = 10_000
/** Advertised addresses tried of one answer, and members believed of one answer. */
export const ADVERTISED_MAX = 8
export const MEMBERS_MAX = 256
export const IDENTITY_BODY_BYTES_MAX = 64 * 1024

// Admission.

/** An identity is asked about at most this often. */
export const QUESTION_INTERVAL_MS = 5_000
/** All strangers together cause at most this many questions a second. */
export const QUESTIONS_PER_SECOND_MAX = 10
/** What a configured address confirmed holds this long, so an HTTP outage does not break a mesh that formed. */
export const CONFIRMED_FOR_MS = 3_600_000
/** Identities remembered as confirmed, as asked about, and as logged once: each forgets its oldest beyond this. */
export const IDENTITIES_MAX = 1_024

// Connections.

export const CONNECTIONS_MAX = 256
/** Connections one peer may hold: both sides may have dialled at once; more is a fault of the peer. */
export const CONNECTIONS_PER_PEER_MAX = 4
/** Handshakes in flight. Strangers wait here while configured addresses are asked about them, so there must be room. */
export const PENDING_INBOUND_MAX = 128
/** New connections a second from one host: many nodes may share one address behind NAT. */
export const INBOUND_PER_HOST_PER_SECOND_MAX = 64
/** Handshake and admission question of an inbound connection. */
export const INBOUND_UPGRADE_TIMEOUT_MS = 5_000
/** Both lanes open, from the connection's first byte. Above the time that the other side may need to admit us. */
export const SETUP_TIMEOUT_MS = 4_500
/** A peer is reported without its gossip stream after this long: repair works without. */
export const GOSSIP_READY_MS = 1_000
/** A peer without a gossip stream for this long is dropped and dialled anew. */
export const GOSSIP_MISSING_MS = 5_000
/** Time for the last frames of both lanes to leave when the node stops. */
export const FAREWELL_MS = 500

// Buffers.

/** Frames waiting for one peer on one lane: two of the largest. */
export const LANE_QUEUE_BYTES_MAX = 8 * 1024 * 1024
/** Gossip waiting for one peer. A stopped peer reaches it, and is dropped; repair brings what it missed. */
export const GOSSIP_QUEUE_BYTES_MAX = 2 * 1024 * 1024
/** A stream whose peer has taken nothing for this long, although bytes wait for it, belongs to a stopped peer. */
export const STALLED_MS = 4_000
/** How often buffers are looked at between writes. */
export const WATCH_INTERVAL_MS = 250
/** Bytes under way to one peer and stream before it must acknowledge: they too sit in memory while a peer is stopped. */
export const STREAM_WINDOW_BYTES_MAX = 2 * 1024 * 1024
/** Frames handed to gossip that are not signed yet. Beyond it they are shed and repaired. */
export const UNSIGNED_BYTES_MAX = 4 * 1024 * 1024

// Knowledge of who is connected to whom (links.ts).

/** Nodes whose links are remembered, and links of one node. */
export const LINKED_NODES_MAX = 512
export const LINKS_PER_NODE_MAX = CONNECTIONS_MAX
/** Changes within this time travel together: a starting mesh changes with every connection. */
export const LINKS_DELAY_MS = 25

// Gossip.

/** Refused frames of one peer within the window after which its connection is dropped. */
export const REJECTS_MAX = 100
export const REJECTS_WINDOW_MS = 10_000
/** How long gossip remembers what it has seen. Later copies are merged again, which changes nothing. */
export const SEEN_MS = 30_000
