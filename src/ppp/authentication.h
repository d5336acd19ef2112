// Who is at the other end of the line: PAP (RFC 1334) and CHAP with MD5 (RFC 1994), at the end that demands a proof and
// at the one that gives it. Each is an Authentication.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ppp/config.h"
#include "ppp/control_protocol.h"
#include "ppp/dice.h"
#include "ppp/lcp.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"

namespace serialtcp::ppp {

class Authentication {
 public:
  enum class Outcome : std::uint8_t { none, passed, failed };

  virtual ~Authentication() = default;
  /// The packets that it wants to send, once each.
  std::optional<Bytes> next_packet();
  virtual void start(Time now) = 0;
  /// Also after the outcome is known, since an answer can be lost.
  virtual void receive(const Packet& packet, Time now) = 0;
  virtual void tick(Time now) = 0;

  Time deadline() const { return deadline_; }
  Outcome outcome() const { return outcome_; }
  /// Once it has failed: why, as a sentence.
  const std::string& text() const { return text_; }
  /// Of a judge: what the peer has to answer. A prover does not answer it, or a peer could let this end answer for it.
  virtual ByteView challenge() const { return {}; }
  /// Of who has proven it.
  const std::string& name() const { return name_; }

 protected:
  void send(Bytes packet) { packets_.push_back(std::move(packet)); }
  void pass() {
    outcome_ = Outcome::passed;
    deadline_ = kNever;
  }
  void fail(std::string text) {
    outcome_ = Outcome::failed;
    text_ = std::move(text);
    deadline_ = kNever;
  }
  void wait_until(Time time) { deadline_ = time; }
  void set_name(std::string name) { name_ = std::move(name); }

 private:
  std::vector<Bytes> packets_;
  Time deadline_ = kNever;
  Outcome outcome_ = Outcome::none;
  std::string text_;
  std::string name_;
};

/// The peer proves itself to this end. `accepts` and `dice` outlive it.
std::unique_ptr<Authentication> make_judge(Proof proof, const std::vector<Login>& accepts,
                                           const Timing& timing, Dice& dice);
/// This end proves itself to the peer, whatever it asks, except `own_challenge`. `login` outlives it.
std::unique_ptr<Authentication> make_prover(Proof proof, const Login& login, const Timing& timing,
                                            ByteView own_challenge);

}  // namespace serialtcp::ppp
