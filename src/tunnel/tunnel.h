// Tunnel: one end of a link that uses our own protocol. Each of its tasks has a file:
//
//   establish.cpp    hellos: finding the peer, noticing that it is another one, reporting what is wrong with the line
//   consoles.cpp     what is sent, and what is not, while there may be a console at the other end
//   sealed.cpp       hellos and frames of a link with a key
//   timers.cpp       what becomes due: probes, silence, an answer that is overdue
//   receive.cpp      bytes from the line -> frames -> acks and chunks
//   mending.cpp      repairing damaged frames
//   transmit.cpp     what is sent next -> frames -> bytes for the line
//   leading_in.cpp   what precedes a frame after a pause
//   climbing.cpp     what a change of the line's speed means for the rest
//   half_duplex.cpp  which end has the turn on a half-duplex line
//
// The streams (streams.h) and each kind of thing that is sent (speaker.h) are separate objects. This is the
// only room that knows both link (frames, acks) and mux (streams, turns).
//
//            a hello arrives                the peer knows us
//   down ------------------> heard ------------------------------> up
//    ^                         |  another session: stay in heard     |
//    |                         |  (with the new one)                 | another session -> heard
//    +----- goodbye -----------+-------------------------------------+ goodbye, silence, protocol violation -> down
//
//   leaving: from any state, by shut_down(); final.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "base/link_protocol.h"
#include "base/outbox.h"
#include "base/prng.h"
#include "link/deaf_watch.h"
#include "link/duplex_watch.h"
#include "link/frame_pauses.h"
#include "link/lead_in.h"
#include "tunnel/acks.h"
#include "tunnel/byte_watch.h"
#include "tunnel/bytes_heard.h"
#include "tunnel/candidates.h"
#include "tunnel/climb.h"
#include "tunnel/confirmations.h"
#include "tunnel/early_parts.h"
#include "tunnel/frames.h"
#include "tunnel/leave_exchange.h"
#include "tunnel/link.h"
#include "tunnel/own_frames.h"
#include "tunnel/ping.h"
#include "tunnel/sealing.h"
#include "tunnel/service_exchange.h"
#include "tunnel/strangers.h"
#include "tunnel/stream_data.h"
#include "tunnel/streams.h"
#include "wire/check_value.h"
#include "wire/chunk.h"
#include "wire/codec.h"
#include "wire/console_watch.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace serialtcp::tunnel {

class Tunnel final : public base::LinkProtocol {
 public:
  Tunnel(const EndpointConfig& config, const Entropy& entropy);

  // As in Endpoint.
  void feed(ByteView bytes, Time now);
  void tick(Time now);
  Time deadline() const;
  std::size_t transmit(MutableByteView room, Time now);
  Time transmit_due() const;
  std::optional<Event> poll() { return link_.events.pop(); }
  void line_lost(Time now);
  void line_restored(Time now);
  void line_has_rate(std::uint64_t nominal_rate, Time now);
  void line_has_speeds(const LineSpeeds& speeds);
  std::vector<std::uint32_t> common_speeds() const { return climb_.common(); }
  bool try_speed(std::uint32_t speed, Time now) { return climb_.try_by_hand(speed, now); }
  std::optional<std::uint32_t> wanted_speed() const { return climb_.wanted(); }
  void speed_set(std::optional<std::uint32_t> speed, Time now);
  std::uint32_t line_speed() const { return climb_.speed(); }
  void shut_down(Time now);
  bool finished() const;
  Time last_heard() const { return last_heard_; }
  std::size_t stream_count() const { return streams_.size(); }
  Undelivered undelivered() const { return streams_.undelivered(); }
  Stats stats() const;

  // As in LinkProtocol.
  base::StreamProtocol& streams() override { return streams_; }
  bool link_up() const override { return link_.state == LinkState::up; }
  Time unanswered_since() const override;
  Time overdue_at() const override;
  std::uint64_t rate() const override { return link_.pacer.rate(); }
  bool link_away() const override { return away_told_; }
  const ServiceNames* peer_services() const override { return link_up() ? services_.peer() : nullptr; }
  void announce_leaving(Time now) override;
  void tell_left(std::uint64_t bytes, Time now) override;
  std::optional<std::uint64_t> peer_left() const override;

  // ---- For the Chooser ----

  /// The hello in a frame, if it is one and its check value is correct.
  static std::optional<wire::Hello> hello_of(const wire::Decoder::Found& found);
  void on_hello(const wire::Hello& hello, Time now);
  bool is_self(const wire::Hello& hello) const { return hello.session == session_; }
  /// A hello with its two ends, as bytes for the line.
  Bytes hello_on_wire() const;
  /// Sends bytes that are not a frame, after the frame in progress.
  void interject(ByteView raw, Time now);
  void postpone_hello(Time until) {
    hello_due_ = hello_due_ == kNever ? kNever : std::max(hello_due_, until);
  }
  void report(LineTrouble trouble);
  void on_echo(Time now);
  /// Like report(), for what is wrong with keys; with a limit of its own.
  void tell_of_keys(LineTrouble trouble, Time now);
  /// Another protocol is in use: ends the link, if there is one, and sends no hellos.
  void stand_aside(Time now);
  /// A peer with our own protocol is at the other end, but the line alters its hellos.
  bool hears_altered_hello() const { return altered_hello(1).has_value(); }
  /// Searches for a peer again.
  void seek(Time now);
  /// Returns what is composed already, and nothing new.
  std::size_t drain(MutableByteView room, Time now);
  bool has_left() const { return !outbox_.empty(); }

  // ---- For the CodedLine ----

  bool is_down() const { return link_.state == LinkState::down; }
  bool is_leaving() const { return link_.state == LinkState::leaving; }
  /// Text was received that is not of a peer; and a console that waits for input, where nothing may be sent.
  bool hears_text() const { return console_.found().has_value(); }
  bool hears_prompt() const { return link_.state != LinkState::up && silent_at_prompt(); }
  bool peer_supports_line_coding() const {
    return link_.state == LinkState::up && link_.peer.features.has(wire::Feature::line_coding);
  }
  /// There is a terminal in between, whose echo and full buffers look like a half-duplex line.
  void line_is_coded(bool coded) {
    line_is_coded_ = coded;
    climb_.line_is_coded(coded);
  }
  bool line_is_half_duplex() const { return link_.config.duplex == Duplex::half || half_duplex_seen_; }
  /// So many bytes that are not ours were handed to the line.
  void line_taken(std::size_t bytes, Time now) { link_.pacer.handed(bytes, now); }
  /// The link came up although a search for a coding was under way: what was sent for it may have woken the line up.
  void suspect_lead_in() { lead_in_.suspect(); }
  /// Reports it, unless it was reported before.
  void tell_byte_change(const ByteChange& change) {
    if (byte_watch_.tell(change)) link_.events.push_of_line(event::LineAltersBytes{change});
  }

  // While the original's protocol is in use and has no peer.
  /// Listens for a console at the other end; look_at_console() must be called after console_due().
  void watch_console(ByteView bytes, Time now) { console_.heard(bytes, now); }
  Time console_due() const { return console_.due(); }
  void look_at_console(Time now);
  /// The earliest time when something may be sent to a console, if something was sent at `said`.
  Time console_allows(Time said) const;
  /// Something of a peer has arrived, in either protocol.
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
  /// `first`: which end sends first, if both ends take turns.
  void go_up(link::Turns::Holder first, Time now);
  void go_down(LinkDownReason reason, Time now);
  void new_session();
  std::optional<ByteChange> altered_hello(int hellos) const;
  void note_unknown(ByteView bytes);
  void check_for_trouble(Time now);
  wire::Hello make_hello() const;
  static Bytes finish_hello(base::Writer& raw);
  bool peer_is_heard(Time now) const;
  bool may_answer_stranger(std::size_t bytes, Time now);

  // ---- consoles.cpp ----
  void draw_session();
  SessionId some_session();
  void draw_first_message();
  bool first_hello_is_harmless();
  bool silent_at_prompt() const;
  void frame_heard(ByteView body, Time now);
  bool put_off_for_console(Time now);
  Duration next_hello_interval();

  // ---- sealed.cpp ----
  void on_sealed_hello(const wire::Hello& hello, Time now);
  void on_answer(const wire::Hello& hello, Time now);
  bool is_no_beginning(const wire::Hello& hello, Time now) const;
  bool is_being_answered(const wire::Hello& hello, Time now);
  bool begins_before(const wire::Hello& peer) const;
  /// Events of the other end that an end which opens no streams waits for before it begins a handshake
  /// itself. Each of them delays that, once after the port was opened.
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
  bool apply(const wire::chunk::Candidate&, Time) { return true; }  // applied before the ack
  bool apply(const wire::chunk::Confirmed& confirmed, Time now);

  // ---- climbing.cpp ----
  void climb(Time now);
  bool apply(const wire::chunk::Speed& speed, Time now) { return climb_.hear(speed, now), true; }
  bool compose_climb(Time now);

  // ---- half_duplex.cpp ----
  void begin_turns(link::Turns::Holder first, Time now);
  void follow_air();
  void heard_in_turn(std::size_t frame_bytes, Time now);
  void heard_own_frame(Time now);
  Time echo_comes_by(Time now) const;
  void watch_for_half_duplex(const wire::chunk::Arrived& arrived, Time now);
  void note_bytes_heard(std::uint64_t number);
  bool is_deaf_while_sending(std::size_t frame_bytes, Time now);
  bool may_lose_beginnings() const;
  void half_duplex_found(Time now);
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
  void hear_parts(Time now);
  void drop_partial_frame();
  bool is_frame_with_messages(const wire::Decoder::Found& found, Time now);
  void watch_bytes(const wire::Decoder::Found& found);
  void settle(const link::Sender::Outcome& outcome, Time now);
  // Each returns whether a correct peer may have sent this.
  bool apply(const wire::chunk::Data& data, Time) { return streams_.apply(data, frame_at_hand_); }
  bool apply(const wire::chunk::Open& open, Time now) { return streams_.apply(open, now); }
  bool apply(const wire::chunk::Fin& fin, Time) { return streams_.apply(fin); }
  bool apply(const wire::chunk::Credit& credit, Time now) { return streams_.apply(credit, now); }
  bool apply(const wire::chunk::Release& release, Time) { return streams_.apply(release); }
  bool apply(const wire::chunk::Reset& reset, Time) { return streams_.apply(reset); }
  bool apply(const wire::chunk::Stop& stop, Time) { return streams_.apply(stop); }
  bool apply(const wire::chunk::Leave& leave, Time now);
  bool apply(const wire::chunk::Services& services, Time now);
  bool apply(const wire::chunk::Leaving& leaving, Time now);
  bool apply(const wire::chunk::Left& left, Time now);
  bool apply(const wire::chunk::Turn&, Time) { return true; }  // applied before the other chunks
  bool apply(const wire::chunk::Arrived&, Time) { return true; }
  bool apply(const wire::chunk::Unknown&, Time) { return true; }

  // ---- transmit.cpp ----
  bool compose(Time now);
  void compose_hello(Time now);
  bool compose_frame(Time now);
  void begin_frame(Cargo cargo, Time now);
  std::size_t bulk_payload(std::uint64_t number, Time now) const;
  void put_part_check();
  FrameGuard guard(std::uint64_t number, ByteView header, Time now);
  std::size_t guard_size() const { return sealing_ ? secure::kTagSize : wire::kCheckSize; }
  std::size_t stream_data(MutableByteView room, Time now);
  wire::Encoder::Progress put_data(ByteView bytes, MutableByteView room);
  void end_frame(Time now);
  Duration silence(Time now) const;
  std::optional<link::Beginning> beginning(Duration silent_for);
  void lead_in(Time now);
  void append_ends(std::size_t count);
  /// What began after the present silence has probably lost its first bytes.
  void beginning_lost(Time now) { lead_in_.lost({silence(now), lead_in_.ends()}); }
  bool asks_whether_it_arrives(Cargo cargo, Duration silent_for);
  std::size_t hello_lead_in();
  std::size_t answer_lead_in();
  std::size_t most_hello_ends(unsigned unanswered) const;
  void emit(ByteView raw);
  bool frame_should_end(Time now) const;

  Link link_;
  base::Prng random_;
  SessionId session_;
  std::optional<Sealing> sealing_;  // if this end has a key

  // Hellos and faults of the line.
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
  bool line_is_coded_ = false;
  std::map<LineTrouble, Time> keys_told_;
  Time trouble_hello_{};
  std::uint64_t unknown_bytes_ = 0;
  bool session_shown_ = false;  ///< the session of our hellos was among the bytes that were received
  std::uint64_t unknown_text_ = 0;
  bool nearly_text_ = false;  // at the last check for trouble
  Time trouble_check_due_ = kNever;
  wire::ConsoleWatch console_;
  std::map<Console, Time> console_told_;
  bool session_answered_ = false;  // a peer with the key may know it
  bool first_hello_drawn_ = false;
  bool hushed_ = false;  ///< no hello is due because a prompt was received

  // Since when the line is away. It may be back, and away_since_ is still set, until the peer has answered.
  Time away_since_ = kNever;
  bool away_told_ = false;
  Time back_since_{};  ///< when it ended
  Time peer_heard_{};  ///< when its last frame arrived

  // The line, incoming.
  wire::Decoder decoder_;
  EarlyParts early_parts_;
  Time last_fed_{};
  Time last_heard_{};   // a correct frame
  Time idle_probed_{};  // when an ack was requested because nothing arrived
  bool partial_told_ = false;
  link::FramePauses pauses_;
  ByteWatch byte_watch_;
  std::vector<wire::Chunk> chunks_;  // of the current frame ...
  std::uint64_t frame_at_hand_ = 0;  // ... which has this number
  Bytes unsealed_;
  Bytes without_messages_;
  bool peer_leaves_ = false;

  // The line, outgoing.
  wire::Encoder encoder_;
  base::Outbox outbox_;
  Bytes covered_ = Bytes(limits::kMaxFrame);
  std::optional<OpenFrame> frame_;
  std::optional<std::uint64_t> leaving_frame_;  // ended, but not completely returned by transmit() yet
  Time last_end_{};
  bool lead_in_wanted_ = true;
  unsigned bare_wakes_ = 0;
  std::uint64_t woken_at_ = 0;  ///< the pacer's position when a frame last began after a silence
  link::LeadIn lead_in_;
  std::optional<std::uint64_t> asked_with_ack_of_;  // the highest number acknowledged at its last question
  std::size_t ends_heard_ = 0;                      // in a row: the peer's lead-in
  unsigned hellos_unanswered_ = 0;                  // while there is no link
  unsigned answers_given_ = 0;                      // to handshakes, since there was a link
  std::size_t hello_ends_ = 0;                      // before the last hello
  unsigned acks_without_answer_ = 0;
  Time last_asked_{};

  // Turns on a half-duplex line.
  link::DuplexWatch duplex_watch_;
  link::DeafWatch deaf_watch_;
  std::uint64_t missed_before_frame_ = 0;  // frames of the peer, before the one at hand
  std::uint64_t sent_at_frame_ = 0;        // position of the pacer when the last one arrived
  std::uint64_t junk_at_frame_ = 0;
  Time frame_at_{};
  std::size_t unread_ = 0;              // bytes that arrived together with the current ones, after them
  bool half_duplex_seen_ = false;       // detected, not configured
  std::uint64_t lost_before_turn_ = 0;  // bytes
  Duration hello_answer_spread_{};
  OwnFrames own_frames_;

  // What is sent, in the order in which a frame carries it.
  Confirmations confirmations_{link_, [this](const auto& outcome, Time now) { settle(outcome, now); }};
  Candidates candidates_;
  BytesHeard bytes_heard_{link_};
  LeaveExchange leaving_;
  ServiceExchange services_;
  Streams streams_;
  StreamData data_{link_, streams_, frame_};
  Acks acks_{link_, streams_};
  Ping ping_;
  Climb climb_{link_};
  SpeakerList<11> speakers_{{&confirmations_, &candidates_, &bytes_heard_, &streams_.releases(), &leaving_,
                             &climb_, &streams_.control(), &services_, &data_, &acks_, &ping_}};
};

}  // namespace serialtcp::tunnel
