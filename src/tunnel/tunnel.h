// Tunnel: one end of a link that uses our own protocol. A file for each of its tasks:
//   establish.cpp    hellos: finding the peer, noticing that it is another one, telling what is wrong with the line
//   consoles.cpp     what is sent, and what is not, while there may be a console at the other end
//   sealed.cpp       hellos and frames of a link with a key
//   timers.cpp       what becomes due: probes, silence, an answer that is overdue
//   receive.cpp      bytes from the line -> frames -> acks and chunks
//   mending.cpp      repairing damaged frames
//   transmit.cpp     what is sent next -> frames -> bytes for the line
//   leading_in.cpp   what goes before a frame after a pause
//   half_duplex.cpp  whose turn it is on a line on which only one end can send at a time
//   streams.cpp      the application's operations on streams, and what was delivered and lost of them
//   endings.cpp      streams that are reset, and what is left when the link ends
//   datagrams.cpp    streams of datagrams
// This is the only room that knows both link (frames, acks) and mux (streams, turns).
//
//            hello heard                    the peer knows us
//   down ------------------> heard ------------------------------> up
//    ^                         |  another session: stay in heard     |
//    |                         |  (with the new one)                 | another session -> heard
//    +----- goodbye -----------+-------------------------------------+ goodbye, silence, nonsense -> down
//   leaving: from any state, by shut_down(); final.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/event_queue.h"
#include "base/link_protocol.h"
#include "base/prng.h"
#include "base/token_bucket.h"
#include "link/duplex_watch.h"
#include "link/frame_pauses.h"
#include "link/lead_in.h"
#include "link/pacer.h"
#include "link/receiver.h"
#include "link/sender.h"
#include "link/turns.h"
#include "mux/scheduler.h"
#include "mux/stream_table.h"
#include "tunnel/byte_watch.h"
#include "tunnel/candidates.h"
#include "tunnel/frames.h"
#include "tunnel/leave_exchange.h"
#include "tunnel/own_frames.h"
#include "tunnel/sealing.h"
#include "tunnel/service_exchange.h"
#include "tunnel/strangers.h"
#include "wire/check_value.h"
#include "wire/chunk.h"
#include "wire/codec.h"
#include "wire/console_watch.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace serialtcp::tunnel {

enum class LinkState : std::uint8_t { down, heard, up, leaving };

class Tunnel final : public base::LinkProtocol {
 public:
  Tunnel(const EndpointConfig& config, const Entropy& entropy);

  // As in Endpoint.
  void feed(ByteView bytes, Time now);
  void tick(Time now);
  Time deadline() const;
  std::size_t transmit(MutableByteView room, Time now);
  Time transmit_due() const;
  std::optional<Event> poll() { return events_.pop(); }
  void line_lost(Time now);
  void line_restored(Time now);
  void shut_down(Time now);
  bool finished() const;
  Time last_heard() const { return last_heard_; }
  std::size_t streams() const { return streams_.size(); }
  Undelivered undelivered() const;
  Stats stats() const;

  // As in LinkProtocol.
  bool link_up() const override { return state_ == LinkState::up; }
  Time unanswered_since() const override;
  Time overdue_at() const override;
  std::uint64_t rate() const override { return pacer_.rate(); }
  bool link_away() const override { return away_told_; }
  const ServiceNames* peer_services() const override { return link_up() ? services_.peer() : nullptr; }
  void announce_leaving(Time now) override;
  void tell_left(std::uint64_t bytes, Time now) override;
  std::optional<std::uint64_t> peer_left() const override;
  std::expected<StreamId, StreamError> open(const Purpose& purpose, Time now) override;
  const Purpose* purpose(StreamId id) const override;
  bool is_known_to_peer(StreamId id) const override;
  std::expected<std::size_t, StreamError> write(StreamId id, ByteView bytes, Time now) override;
  std::size_t write_room(StreamId id) const override;
  std::expected<ReadResult, StreamError> read(StreamId id, MutableByteView into, Time now) override;
  std::expected<DatagramFate, StreamError> send_datagram(StreamId id, ByteView datagram, Duration patience,
                                                         Time now) override;
  std::expected<DatagramReadResult, StreamError> read_datagram(StreamId id, Time now) override;
  std::expected<void, StreamError> shut_write(StreamId id, Time now) override;
  void reset(StreamId id, ResetReason reason, Time now) override;
  void reset_in_order(StreamId id, ResetReason reason, Time now) override;
  void stop_reading(StreamId id, Time now) override;

  // ---- For the Chooser ----

  /// The hello in a frame, if it is one and its check value is correct.
  static std::optional<wire::Hello> hello_of(const wire::Decoder::Found& found);
  void on_hello(const wire::Hello& hello, Time now);
  bool is_self(const wire::Hello& hello) const { return hello.session == session_; }
  /// A hello with its two ends, as bytes for the line.
  Bytes hello_on_wire() const;
  /// Sends something that is no frame, after the frame in progress.
  void interject(ByteView raw, Time now);
  void postpone_hello(Time until) {
    hello_due_ = hello_due_ == kNever ? kNever : std::max(hello_due_, until);
  }
  void report(LineTrouble trouble);
  void on_echo(Time now);
  /// As report(), for what is wrong with keys; with a limit of its own.
  void tell_of_keys(LineTrouble trouble, Time now);
  /// Another protocol is in use: ends the link, if there is one, and sends no hellos.
  void stand_aside(Time now);
  /// Looks for a peer again.
  void seek(Time now);
  /// Hands over what has been composed already, and nothing new.
  std::size_t drain(MutableByteView room, Time now);
  bool has_left() const { return outbox_head_ < outbox_.size(); }

  // While the original's protocol is in use and has no peer.
  /// Is there a console at the other end? Listens; look_at_console() is to be called after console_due().
  void watch_console(ByteView bytes, Time now) { console_.heard(bytes, now); }
  Time console_due() const { return console_.due(); }
  void look_at_console(Time now);
  /// Before then nothing may be sent to a console, if something was sent at `said`.
  Time console_allows(Time said) const;
  /// A peer was heard, of either protocol.
  void protocol_heard(Time now);

 private:
  using HelloBuffer = std::array<Byte, wire::kMaxHelloSize + wire::kCheckSize>;

  // ---- timers.cpp ----
  Time partial_due() const;
  Duration partial_patience() const;
  Time silence_due() const;
  Time idle_probe_due() const;
  Time away_due() const;
  void silence_is_over(Time now);

  // ---- establish.cpp ----
  void set_state(LinkState next);
  bool roles_fit(const wire::Hello& hello);
  void adopt_peer(const wire::Hello& hello, Time now);
  /// `first` is who talks first, where both ends take turns.
  void go_up(link::Turns::Holder first, Time now);
  void go_down(LinkDownReason reason, Time now);
  void new_session();
  void note_unknown(ByteView bytes);
  void check_for_trouble(Time now);
  wire::Hello make_hello() const;
  static Bytes finish_hello(base::Writer& raw);
  bool peer_is_heard(Time now) const;
  bool may_answer_stranger(std::size_t bytes, Time now);

  // ---- consoles.cpp ----
  void draw_session();
  void draw_first_message(Time now);
  bool first_hello_is_harmless();
  bool silent_at_prompt() const;
  void frame_heard(Time now);
  bool put_off_for_console(Time now);
  Duration next_hello_interval();

  // ---- sealed.cpp ----
  void on_sealed_hello(const wire::Hello& hello, Time now);
  void on_answer(const wire::Hello& hello, Time now);
  bool is_no_beginning(const wire::Hello& hello, Time now) const;
  bool is_being_answered(const wire::Hello& hello, Time now);
  bool begins_before(const wire::Hello& peer) const;
  /// What an end that opens no streams awaits from the other before it begins a handshake itself. Each of
  /// them puts that off, once after the port was opened.
  enum class PutOff : std::uint8_t { not_yet, hello_begun, hello_heard, keys_used };
  /// Returns whether it did.
  bool put_off_beginning(PutOff until, Time now);
  void use_keys(secure::LinkKeys keys, const wire::Hello& hello, Sealing::Proof proof, Time now);
  void keys_proven();
  std::optional<HeardFrame> open_sealed(const wire::Decoder::Found& found, const wire::FrameHeader& header,
                                        ByteView rest, Time now);
  Bytes first_message_on_wire();
  Bytes sealed_hello_on_wire(ByteView (Sealing::*message)(ByteView));
  static ByteView begin_sealed_hello(const wire::Hello& hello, base::Writer& writer);
  Time next_sealed_hello(Time now);
  void compose_farewell(Time now);

  // ---- mending.cpp ----
  void consider_mending(const wire::Decoder::Found& found);
  std::optional<std::vector<Candidates::Piece>> mended_pieces(ByteView chunks);
  void hear_candidates();
  bool mending_waits() const;
  void add_mending(base::Writer& raw);
  bool apply(const wire::chunk::Candidate&, Time) { return true; }  // heard before the ack
  bool apply(const wire::chunk::Confirmed& confirmed, Time now);

  // ---- half_duplex.cpp ----
  bool line_is_half_duplex() const { return config_.duplex == Duplex::half || half_duplex_seen_; }
  void begin_turns(link::Turns::Holder first, Time now);
  void follow_air();
  void heard_in_turn(std::size_t frame_bytes, Time now);
  void heard_own_frame(Time now);
  Time echo_comes_by(Time now) const;
  void watch_for_half_duplex(const wire::chunk::Arrived& arrived, Time now);
  void add_bytes_heard(base::Writer& raw, Time now);
  void note_bytes_heard(std::uint64_t number);
  void half_duplex_found(Time now);
  bool has_more_to_say() const;
  bool turn_is_over(Time now) const;
  bool turn_ends(Time now) const;
  std::size_t left_of_turn(Time now) const;
  bool end_turn_without_frame(Time now);
  void begin_turn(Time now);
  void hand_over(Time now);
  Time turn_due(Time due) const;
  Time probe_due() const;
  Duration until_next_hello(Duration interval);
  bool hello_would_collide(Time now);
  Time hello_answer_due(Time now);
  link::Air::Typing typing(Time now) const;

  // ---- receive.cpp ----
  void note_pause(Time now);
  void on_found(const wire::Decoder::Found& found, Time now);
  bool on_hello_frame(const wire::Decoder::Found& found, Time now);
  bool on_session_frame(const wire::Decoder::Found& found, Time now);
  std::optional<HeardFrame> open_frame(const wire::Decoder::Found& found, Time now);
  void asked_again(Time now);
  bool parse_body(ByteView body);
  bool is_eliciting() const;
  bool apply_ack(const wire::Ack& ack, Time now);
  void on_damage(std::size_t bytes, Time now);
  void watch_bytes(const wire::Decoder::Found& found);
  static std::uint64_t place_of(const wire::chunk::Data& data, const mux::Stream& stream);
  // Each returns whether a correct peer may have said this.
  bool take_data(mux::Stream& stream, std::uint64_t offset, ByteView bytes, wire::Packing packing);
  bool apply(const wire::chunk::Data& data, Time now);
  bool apply(const wire::chunk::Open& open, Time now);
  bool apply(const wire::chunk::Fin& fin, Time now);
  bool apply(const wire::chunk::Credit& credit, Time now);
  bool apply(const wire::chunk::Release& release, Time now);
  bool apply(const wire::chunk::Leave& leave, Time now);
  bool apply(const wire::chunk::Services& services, Time now);
  bool apply(const wire::chunk::Turn&, Time) { return true; }  // heard before the other chunks
  bool apply(const wire::chunk::Arrived&, Time) { return true; }
  bool apply(const wire::chunk::Unknown&, Time) { return true; }

  // ---- transmit.cpp ----
  bool compose(Time now);
  void compose_hello(Time now);
  bool compose_frame(Time now);
  enum class Cargo : std::uint8_t { none, some, bulk };
  void begin_frame(Cargo cargo, Time now);
  std::size_t bulk_payload(std::uint64_t number, Time now) const;
  FrameGuard guard(std::uint64_t number, ByteView header, Time now);
  std::size_t guard_size() const { return sealing_ ? secure::kTagSize : wire::kCheckSize; }
  void add_control(base::Writer& raw);
  void add_stream_control(mux::Stream& stream, base::Writer& raw);
  void add_releases(base::Writer& raw);
  void add_services(base::Writer& raw);
  void add_open_if_needed(mux::Stream& stream, base::Writer& raw);
  void add_data(base::Writer& raw, Time now);
  void add_data_head(const mux::Stream& stream, const mux::Piece& piece, DataEnd end, base::Writer& raw);
  void piece_sent(mux::Stream& stream, std::uint64_t offset, std::size_t length, mux::Scheduler::Of of);
  std::size_t stream_data(MutableByteView room, Time now);
  wire::Encoder::Progress put_data(ByteView bytes, MutableByteView room);
  void end_frame(Time now);
  Duration silence(Time now) const;
  void lead_in(Time now);
  void append_ends(std::size_t count);
  bool asks_whether_it_arrives(Cargo cargo, Duration silent_for);
  std::size_t hello_lead_in();
  std::size_t answer_lead_in();
  std::size_t most_hello_ends(unsigned unanswered) const;
  void emit(ByteView raw);
  bool frame_should_end(Time now) const;
  Time ack_due() const;
  Time data_due() const;
  bool somebody_types(Time now) const;
  bool bulk_waits(Time now) const;
  Time stream_due() const;
  mux::Stream* next_stream(Time now);
  void load(mux::Stream& stream, Time now);
  void load_open_frame(Time now);

  // ---- streams.cpp ----
  void settle(const link::Sender::Outcome& outcome, Time now);
  void on_delivered(const link::Ticket& ticket, Time now);
  void on_lost(const link::Ticket& ticket, Time now);
  void want_control(mux::Stream& stream);
  void want_data(mux::Stream& stream, Time now);
  void tell_readable(mux::Stream& stream);
  void tell_writable(mux::Stream& stream);
  void progress(mux::Stream& stream);
  void close_if_done(mux::Stream& stream);
  std::size_t send_buffer_limit(const mux::Stream& stream) const;
  Duration answer_time() const;
  std::size_t far_window() const;
  void agree_on_packing(const wire::Hello& hello);
  void end_idle_run(Time now);

  // ---- endings.cpp ----
  void begin_reset(mux::Stream& stream, ResetReason reason);
  void terminate(mux::Stream& stream);
  void drop_output(mux::Stream& stream);
  void tell_reset(mux::Stream& stream);
  void end_if_delivered(mux::Stream& stream);
  void check_endings(Time now);
  enum class Unread : std::uint8_t { dropped, kept };
  void drop_all_streams(Unread unread);
  bool apply(const wire::chunk::Reset& reset, Time now);
  bool apply(const wire::chunk::Stop& stop, Time now);
  bool apply(const wire::chunk::Leaving& leaving, Time now);
  bool apply(const wire::chunk::Left& left, Time now);

  // ---- datagrams.cpp ----
  bool apply_datagram(mux::Stream& stream, const wire::chunk::Data& data);
  void drop_late_datagrams(mux::Stream& stream, Time now);
  void on_datagram_lost(mux::Stream& stream, const link::Ticket& ticket);
  void interrupt_datagrams();

  const EndpointConfig config_;
  base::Prng random_;
  LinkState state_ = LinkState::down;
  SessionId session_;
  SessionId peer_;
  std::uint32_t peer_max_streams_ = 0;
  std::uint32_t peer_initial_credit_ = 0;
  wire::Features peer_features_;
  std::optional<Sealing> sealing_;  // if this end has a key

  // Hellos and trouble.
  Time hello_due_{};
  Time hello_said_{};
  AnswerShare answer_share_;
  Lottery lottery_;
  Bytes answer_;  // to a handshake, as bytes for the line; empty when there is none to give
  Duration hello_interval_{};
  bool first_hello_ = true;
  PutOff put_off_ = PutOff::not_yet;
  int goodbyes_left_ = 0;
  std::optional<LineTrouble> told_trouble_;
  std::optional<Time> echo_since_;
  std::map<LineTrouble, Time> keys_told_;
  Time trouble_hello_{};
  std::uint64_t unknown_bytes_ = 0;
  std::uint64_t unknown_text_ = 0;
  Time trouble_check_due_ = kNever;
  wire::ConsoleWatch console_;
  std::map<Console, Time> console_told_;
  bool first_hello_drawn_ = false;
  bool hushed_ = false;  ///< no hello is due because a prompt was heard

  // The line, away. It may be back, and away_since_ still stand, until the peer has answered.
  bool line_away_ = false;
  Time away_since_ = kNever;
  bool away_told_ = false;
  Time peer_heard_{};  ///< when its last frame came

  // The line, incoming.
  wire::Decoder decoder_;
  Time last_fed_{};
  Time last_heard_{};   // something correct
  Time idle_probed_{};  // asked for an answer because nothing was heard
  bool partial_told_ = false;
  link::FramePauses pauses_;
  ByteWatch byte_watch_;
  std::vector<wire::Chunk> chunks_;  // of the frame at hand ...
  std::uint64_t frame_at_hand_ = 0;  // ... which has this number
  Bytes unsealed_;
  bool peer_leaves_ = false;

  // The line, outgoing.
  wire::Encoder encoder_;
  Bytes outbox_;
  std::size_t outbox_head_ = 0;
  Bytes covered_ = Bytes(limits::kMaxFrame);
  std::optional<OpenFrame> frame_;
  std::optional<std::uint64_t> leaving_frame_;  // ended, but not all of it handed out yet
  Time last_end_{};
  bool lead_in_wanted_ = true;
  unsigned bare_wakes_ = 0;
  link::LeadIn lead_in_;
  std::size_t ends_heard_ = 0;      // in a row: the peer's lead-in
  unsigned hellos_unanswered_ = 0;  // while there is no link
  unsigned answers_given_ = 0;      // to handshakes, since there was a link
  std::size_t hello_ends_ = 0;      // before the last hello
  bool ping_wanted_ = false;
  unsigned acks_without_answer_ = 0;
  Time last_asked_{};
  Time typed_{};  ///< when something of an interactive stream that asks for little went

  // Turns on a half-duplex line.
  link::Turns turns_;
  link::DuplexWatch duplex_watch_;
  link::HeardReport heard_report_;
  std::size_t unread_ = 0;              // bytes that came with those at hand, behind them
  bool half_duplex_seen_ = false;       // without being told so
  std::uint64_t lost_before_turn_ = 0;  // bytes
  Duration hello_answer_spread_{};
  OwnFrames own_frames_;
  Time sparse_sent_{};  // something of a stream that asks for little

  // The link. sender_ and receiver_ exist while a peer is known.
  link::Pacer pacer_;
  std::optional<link::Sender> sender_;
  std::optional<link::Receiver> receiver_;
  Candidates candidates_;

  ServiceExchange services_;
  LeaveExchange leaving_;

  // Streams.
  mux::StreamTable streams_;
  mux::Scheduler scheduler_;
  std::deque<StreamId> control_;  // streams with something to say, each once
  bool control_urgent_ = false;   // one of them cannot wait until the frame in progress is full
  struct Release {
    std::uint32_t index;
    std::uint8_t generation;
  };
  std::deque<Release> releases_;
  std::uint64_t send_held_ = 0;
  /// Streams whose reset waits for their data, and since when nothing more of it was acknowledged.
  struct Ending {
    std::uint64_t acknowledged = 0;
    Time since{};
  };
  std::map<StreamId, Ending> endings_;
  Time endings_due_ = kNever;
  base::TokenBucket opens_{limits::kOpensAtOnce, limits::kOpensPerSecond};  // by the peer
  base::EventQueue events_;

  Stats stats_;
};

}  // namespace serialtcp::tunnel
