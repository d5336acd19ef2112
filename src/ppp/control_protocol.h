// ControlProtocol: LCP, IPCP or IPV6CP at one end. It sends and receives the packets of RFC 1661 section 5 (Configure,
// Terminate, Code-Reject) and runs the automaton (ppp/automaton). What is negotiated is an Options.
//
// It answers at once, and gives up a negotiation that does not end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ppp/automaton.h"
#include "ppp/options.h"
#include "ppp/packet.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::ppp {

/// Of what is repeated. The RFC's restart timer is `longest`; the first repetitions come sooner.
struct Timing {
  Duration first = std::chrono::seconds(1);
  Duration longest = std::chrono::seconds(3);
  /// A round trip of short frames: of a peer that speaks, an older request without an answer was not received.
  Duration quick = std::chrono::milliseconds(200);
};

/// For a line of so many bytes a second; 0: unknown.
Timing timing_of(std::uint64_t rate);

/// What happens to a ControlProtocol. `protocol` is its number. Functions may call it only where this is said.
class ControlEvents {
 public:
  virtual ~ControlEvents() = default;
  virtual void send_packet(std::uint16_t protocol, ByteView packet) = 0;
  /// Both ends agree. It may be closed.
  virtual void layer_up(std::uint16_t protocol, Time now) = 0;
  /// They do not any more. `why` is a clause, as "the other end ended it".
  virtual void layer_down(std::uint16_t protocol, std::string_view why, Time now) = 0;
  /// Nothing is sent any more, until the peer begins or open() is called. `why` as above.
  virtual void layer_finished(std::uint16_t protocol, std::string_view why, Time now) = 0;
  /// There will be no agreement; `why` is a sentence. It may be closed, and should be.
  virtual void gave_up(std::uint16_t protocol, std::string_view why, Time now) = 0;
  virtual void code_rejected(std::uint16_t protocol, Byte code) = 0;
};

class ControlProtocol {
 public:
  static constexpr int kMaxConfigure = 10;  ///< requests without an answer
  static constexpr int kMaxTerminate = 2;
  static constexpr int kMaxFailure = 5;  ///< Naks; then what the peer insists on is rejected
  /// Naks and Rejects of both ends without an agreement; then it is given up.
  static constexpr int kMaxRounds = 20;

  /// `options` and `events` outlive it.
  ControlProtocol(std::uint16_t number, std::string_view name, Options& options, ControlEvents& events,
                  const Timing& timing)
      : number_(number), name_(name), options_(options), events_(events), timing_(timing) {}

  void lower_up(Time now) { run(Event::up, now); }
  void lower_down(Time now) { run(Event::down, now); }
  void open(Time now) { run(Event::open, now); }
  /// Waits for a request of the peer's. The lower layer is up, and it is closed.
  void open_passively();
  /// `why` is told to the peer.
  void close(Time now, std::string_view why);
  /// By a Protocol-Reject of the peer's.
  void reject(Time now);

  /// A packet of this protocol.
  void receive(ByteView bytes, Time now);
  void tick(Time now);
  Time deadline() const { return restart_at_; }

  State state() const { return state_; }
  bool is_open() const { return state_ == State::opened; }
  std::string_view name() const { return name_; }

 private:
  void run(Event event, Time now);
  void act(std::uint16_t actions, State before, Time now);
  void send_request(State before, Time now);
  void send_terminate(Time now);
  void send(Byte code, Byte id, ByteView data) { events_.send_packet(number_, make_packet(code, id, data)); }
  void start_timer(Time now);
  bool is_negotiating() const { return state_ >= State::req_sent; }

  void hear_request(const Packet& packet, Time now);
  Event answer_to(const Packet& packet, const std::vector<Option>& options);
  void repeat_unheard_request(Time now);
  void hear_answer(const Packet& packet, Time now);
  bool take_answer(const Packet& packet);
  bool requested(const Option& option) const;
  void hear_terminate_request(const Packet& packet, Time now);
  void hear_code_reject(const Packet& packet, Time now);
  void count_round(Time now);
  void give_up(std::string_view why, Time now);

  std::uint16_t number_;
  std::string_view name_;
  Options& options_;
  ControlEvents& events_;
  Timing timing_;
  State state_ = State::initial;

  Bytes request_;          // options of the last Configure-Request
  Byte id_ = 0;            // its identifier
  Byte other_id_ = 0;      // of the last Terminate-Request or Code-Reject
  bool fresh_ = true;      // the next request is another one, not a repetition
  bool answered_ = false;  // request_ was
  Time sent_at_{};         // when it was sent last

  Bytes answer_;             // a whole packet, for sca, scn, sta or scj
  std::string why_;          // the layer goes down
  Bytes farewell_;           // data of a Terminate-Request
  bool peer_ended_ = false;  // in stopping: it has sent a Terminate-Request

  Time restart_at_ = kNever;
  int left_ = 0;  // repetitions
  int sent_ = 0;  // since the counter was set
  int naks_ = 0;  // sent since there was an agreement
  int rounds_ = 0;
  bool asked_for_missing_ = false;
  std::string dispute_;  // what the last Nak or Reject was about
};

}  // namespace serialtcp::ppp
