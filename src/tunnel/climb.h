// Climb: raises the speed of the line while the link is up, as far as more gets through than before. Both ends agree on each
// change, let the line run dry, change, and prove that everything arrives in both directions; each of them goes back by
// itself if it does not. docs/protocol.md, "The speed of the line".
//
// The end with the lower session leads: it proposes. The shell changes the speed: it looks at wanted(), and answers.
//
//   leads     resting -> proposed -> draining -> setting -> proving -> trial -> resting
//   follows   resting -> promised ------------->            |            |
//                                                  returning <-----------+--> resting
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "link/ladder.h"
#include "serialtcp/endpoint.h"
#include "tunnel/link.h"
#include "tunnel/speaker.h"

namespace serialtcp::tunnel {

class Climb final : public Speaker {
 public:
  explicit Climb(Link& link) : link_(link) {}

  // ---- For the shell ----

  /// The line was opened, with the base speed.
  void line_has(const LineSpeeds& speeds);
  /// The line is away. It comes back with the base speed.
  void line_lost(Time now);
  /// To be set now; empty if nothing is to be changed.
  std::optional<std::uint32_t> wanted() const { return asked_; }
  /// The answer: what the line has now; empty if it could not be set.
  void speed_set(std::optional<std::uint32_t> speed, Time now);
  /// Bits per second; 0 if it has none that can be changed.
  std::uint32_t speed() const { return speed_; }
  /// As in Endpoint.
  std::vector<std::uint32_t> common() const;
  bool try_by_hand(std::uint32_t speed, Time now);

  // ---- For the tunnel ----

  /// Whether this end says that it can.
  bool is_possible() const { return speeds_.base != 0; }
  /// Whether this end should be the one that leads.
  bool wants_to_lead() const { return speeds_.by_hand; }
  enum class Part : std::uint8_t { leads, follows };
  /// The link is up.
  void begin(Part part, Time now);
  /// The link is over: the line gets its base speed again.
  void end();
  /// This end leaves: what remains to be said is said with the present speed, as soon as none is being set.
  void leave();
  void tick(Time now);
  Time deadline() const;
  /// Nothing may be sent, not even the beginning of a frame.
  bool is_silent() const;
  /// A frame may carry this and acknowledgements, and nothing else.
  bool is_alone() const;
  /// Whether what arrives, and what does not, shows nothing about the line.
  bool is_changing() const { return is_silent() || is_alone(); }
  bool doubts_speed(Time now) const;
  /// Everything that was composed was handed to the line, and has left by then.
  void handed_all(Time leaves);
  void heard_bytes(std::size_t count, Time now);
  void heard_frame(Time now);
  /// Whether an acknowledgement is to be requested now.
  bool take_ping() { return std::exchange(ping_, false); }
  void hear(const wire::chunk::Speed& said, Time now);
  /// A coding is in use: there is a program in between, which knows one speed.
  void line_is_coded(bool coded);

  // ---- As in Speaker ----

  Time due(During during) const override;
  void write(FrameRoom& room, Time now) override;
  void delivered(const link::Ticket& ticket, Time now) override;
  void lost(const link::Ticket& ticket, Time now) override;

 private:
  enum class State : std::uint8_t {
    off,       ///< there is no link, or the peer cannot
    resting,   ///< the line is in use
    proposed,  ///< the same, and an answer to PROPOSE is awaited
    promised,  ///< READY: nothing is sent until GO arrives
    draining,  ///< GO: nothing is sent, and the line runs dry
    setting,   ///< the shell is asked for the new speed
    proving,   ///< probes are sent and awaited
    trial,     ///< the line is in use with it
    returning  ///< the shell is asked for the old one
  };
  /// What a ticket is about, in its offset; the others are probes.
  enum class Said : std::uint8_t { rungs = 0xFE, propose = 0xFF };
  struct Counts {
    std::uint64_t lost = 0;
    std::uint64_t delivered = 0;
  };

  bool is_allowed() const;
  bool is_in_use() const;
  bool is_raised() const { return speed_ != speeds_.base; }
  bool goes_down() const { return target_ < previous_; }
  bool can(std::uint32_t speed) const;
  void rest(Time now, Duration before_next);
  void ask(std::uint32_t speed, State why);
  void go_back(Time now);
  void lose(Time now);
  void prove(Time now);
  bool is_proven() const;
  void begin_trial(Time now);
  void propose(Time now);
  void hear_rungs(ByteView bytes, Time now);
  void update_ladder();
  void tell_range();
  void leave_from();
  void hear_proposal(const wire::chunk::Speed& said);
  void judge(Time now);
  Counts counts() const;
  void watch(Time now);
  Duration suspicion() const;
  Time junk_due() const;
  Time silence_due() const;
  Time unanswered_since() const;
  bool hears_nothing(Time now) const;
  std::uint32_t refuge() const { return goes_down() ? speeds_.base : previous_; }
  int times_to_say() const;
  void write_probes(FrameRoom& room, Time now);
  void leave_out(std::uint32_t speed, std::optional<std::uint32_t> got);
  void tell(event::LineSpeed::What what, std::uint32_t speed, std::uint32_t other, unsigned permille = 0);

  Link& link_;
  link::Ladder ladder_;
  LineSpeeds speeds_;
  std::uint32_t speed_ = 0;
  std::optional<std::uint32_t> asked_;
  std::vector<std::uint32_t> left_out_;  ///< what this port cannot do
  std::vector<std::uint32_t> peer_rungs_;
  Part part_ = Part::follows;
  bool coded_ = false;

  State state_ = State::off;
  bool is_wanted_ = false;   ///< once the line has the base speed
  Time retry_at_ = kNever;   ///< the base speed could not be set
  std::uint8_t number_ = 0;  ///< of the attempt
  std::uint32_t target_ = 0;
  std::uint32_t previous_ = 0;
  std::uint64_t measured_ = 0;  ///< bytes per second, at that speed; 0: not known
  bool arrived_any_ = false;    ///< while proving
  std::size_t heard_ = 0;       ///< bytes, while proving
  bool peer_proves_ = false;    ///< a probe of this attempt was heard: the peer has changed its speed, too
  bool said_ = false;           ///< READY or GO
  int to_say_ = 0;              ///< how often, still
  Time said_at_{};
  Duration answer_time_{};  ///< of the last agreement
  Time timer_ = kNever;     ///< the end of the patience with the present state
  Time dry_at_ = kNever;
  unsigned to_send_ = 0;  ///< probes, a bit each
  unsigned arrived_ = 0;
  Time probe_from_{};
  Time probe_again_ = kNever;
  Time next_at_ = kNever;
  std::optional<std::uint32_t> better_;  ///< than the present speed
  bool rungs_due_ = false;
  bool propose_due_ = false;
  std::optional<std::uint16_t> loss_due_;
  bool ping_ = false;

  // What the line carries at the present speed.
  std::optional<std::uint64_t> count_from_;  ///< only frames from this number on show anything
  Counts counted_;
  Time counted_from_{};
  std::uint16_t told_loss_ = 0;
  double peer_loss_ = 0;

  // Whether anything is still understood.
  Time last_good_{};
  bool unheard_ = false;  ///< since the line went back to another speed
  Time junk_since_ = kNever;
  Time ping_at_ = kNever;

  unsigned far_times_ = 0;  ///< in a row, the answer to PROPOSE came too late
  unsigned losses_ = 0;     ///< in a row
  Time lost_at_{};

  // What the user was told.
  std::uint32_t told_ = 0;
  Time tell_at_ = kNever;
  bool told_range_ = false;  ///< of this link
  bool told_stays_ = false;
  bool told_coded_ = false;
  std::vector<std::uint32_t> told_kept_;
};

}  // namespace serialtcp::tunnel
