#include "ppp/authentication.h"

#include <algorithm>
#include <string_view>

namespace serialtcp::ppp {

namespace {

/// Requests and challenges that are not answered.
constexpr int kMaxTries = 10;

// Codes of PAP.
constexpr Byte kPapRequest = 1, kPapAck = 2, kPapNak = 3;
// Codes of CHAP.
constexpr Byte kChallenge = 1, kResponse = 2, kSuccess = 3, kFailure = 4;

ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

void append_text(std::string_view text, Bytes& out) {
  const ByteView bytes = bytes_of(text.substr(0, 0xFF));
  out.push_back(static_cast<Byte>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

/// A length and so many bytes from the front.
std::optional<ByteView> take_text(ByteView& bytes) {
  if (bytes.empty() || bytes[0] >= bytes.size()) return std::nullopt;
  const ByteView text = bytes.subspan(1, bytes[0]);
  bytes = bytes.subspan(1 + text.size());
  return text;
}

/// In a time that does not tell where they differ.
bool same(ByteView a, ByteView b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

const Login* find_login(const std::vector<Login>& logins, ByteView name) {
  const auto found = std::ranges::find_if(
      logins, [name](const Login& login) { return std::ranges::equal(bytes_of(login.name), name); });
  return found == logins.end() ? nullptr : &*found;
}

Md5Digest chap_digest(Byte id, std::string_view secret, ByteView challenge) {
  Bytes message{id};
  message.insert(message.end(), secret.begin(), secret.end());
  message.insert(message.end(), challenge.begin(), challenge.end());
  return md5(message);
}

std::string refused_text(std::string_view name, ByteView said) {
  std::string text = "The other end refuses the login \"" + printable(bytes_of(name)) + "\"";
  if (!said.empty()) text += " (\"" + printable(said) + "\")";
  return text + ": look at name and password.";
}

std::string wrong_text(ByteView name) {
  return "The other end has logged in as \"" + printable(name) +
         "\", and name or password is not one that this end accepts.";
}

/// The peer sends its name and its secret.
class PapJudge final : public Authentication {
 public:
  explicit PapJudge(const std::vector<Login>& accepts) : accepts_(accepts) {}

  void start(Time now) override { wait_until(now + limits::kLoginTime); }
  void tick(Time now) override {
    if (now >= deadline()) fail("The other end does not log in.");
  }
  void receive(const Packet& packet, Time) override {
    if (packet.code != kPapRequest) return;
    ByteView rest = packet.data;
    const auto name = take_text(rest);
    const auto secret = take_text(rest);
    if (!name || !secret) return;
    if (outcome() == Outcome::none) {
      const Login* const login = find_login(accepts_, *name);
      if (login != nullptr && same(bytes_of(login->secret), *secret)) {
        set_name(login->name);
        pass();
      } else {
        fail(wrong_text(*name));
      }
    }
    const Bytes no_message{0};
    send(make_packet(outcome() == Outcome::passed ? kPapAck : kPapNak, packet.id, no_message));
  }

 private:
  const std::vector<Login>& accepts_;
};

class PapProver final : public Authentication {
 public:
  PapProver(const Login& login, const Timing& timing) : login_(login), timing_(timing) {
    set_name(login.name);
  }

  void start(Time now) override {
    ++tries_;
    Bytes data;
    append_text(login_.name, data);
    append_text(login_.secret, data);
    send(make_packet(kPapRequest, ++id_, data));
    wait_until(now + timing_.first);
  }
  void tick(Time now) override {
    if (now < deadline()) return;
    if (tries_ == kMaxTries) return fail("The other end does not answer the login.");
    start(now);
  }
  void receive(const Packet& packet, Time) override {
    if (outcome() != Outcome::none || packet.id != id_) return;
    if (packet.code == kPapAck) pass();
    if (packet.code != kPapNak) return;
    ByteView rest = packet.data;
    fail(refused_text(login_.name, take_text(rest).value_or(ByteView{})));
  }

 private:
  const Login& login_;
  Timing timing_;
  Byte id_ = 0;
  int tries_ = 0;
};

/// Sends a challenge, which only who has the secret can answer.
class ChapJudge final : public Authentication {
 public:
  ChapJudge(const std::vector<Login>& accepts, const Timing& timing, Dice& dice)
      : accepts_(accepts), timing_(timing), challenge_(dice.roll()), id_(static_cast<Byte>(dice.number())) {}

  void start(Time now) override {
    ++tries_;
    Bytes data;
    data.push_back(static_cast<Byte>(challenge_.size()));
    data.insert(data.end(), challenge_.begin(), challenge_.end());
    constexpr std::string_view kOurName = "serialtcp";
    data.insert(data.end(), kOurName.begin(), kOurName.end());
    send(make_packet(kChallenge, id_, data));
    wait_until(now + timing_.longest);
  }
  void tick(Time now) override {
    if (now < deadline()) return;
    if (tries_ == kMaxTries) return fail("The other end does not log in.");
    start(now);
  }
  ByteView challenge() const override { return challenge_; }
  void receive(const Packet& packet, Time) override {
    // A response after the outcome gets the same answer, whatever it says (RFC 1994 section 4.2).
    if (packet.code != kResponse || packet.id != id_) return;
    ByteView rest = packet.data;
    const auto digest = take_text(rest);
    if (!digest) return;
    if (outcome() == Outcome::none) judge(*digest, rest);
    const bool passed = outcome() == Outcome::passed;
    send(make_packet(passed ? kSuccess : kFailure, id_,
                     bytes_of(passed ? "welcome" : "wrong name or password")));
  }

 private:
  void judge(ByteView digest, ByteView name) {
    const Login* const login = find_login(accepts_, name);
    if (login != nullptr && same(chap_digest(id_, login->secret, challenge_), digest)) {
      set_name(login->name);
      pass();
    } else {
      fail(wrong_text(name));
    }
  }

  const std::vector<Login>& accepts_;
  Timing timing_;
  Md5Digest challenge_;
  Byte id_;
  int tries_ = 0;
};

class ChapProver final : public Authentication {
 public:
  ChapProver(const Login& login, const Timing& timing, ByteView own_challenge)
      : login_(login), timing_(timing), own_challenge_(own_challenge.begin(), own_challenge.end()) {
    set_name(login.name);
  }

  void start(Time now) override { wait_until(now + limits::kLoginTime); }
  void tick(Time now) override {
    if (now < deadline()) return;
    if (response_.empty() || tries_ == kMaxTries) return fail("The other end does not answer the login.");
    respond(now);
  }
  void receive(const Packet& packet, Time now) override {
    if (packet.code == kChallenge) return answer(packet, now);
    if (response_.empty() || packet.id != id_ || outcome() == Outcome::failed) return;
    if (packet.code == kSuccess) pass();
    if (packet.code == kFailure) fail(refused_text(login_.name, packet.data));
  }

 private:
  /// Also when it was proven long ago: it may be asked for at any time.
  void answer(const Packet& packet, Time now) {
    ByteView rest = packet.data;
    const auto challenge = take_text(rest);
    if (!challenge || challenge->empty() || outcome() == Outcome::failed) return;
    if (std::ranges::equal(*challenge, own_challenge_)) return;
    const Md5Digest digest = chap_digest(packet.id, login_.secret, *challenge);
    Bytes data{static_cast<Byte>(digest.size())};
    data.insert(data.end(), digest.begin(), digest.end());
    data.insert(data.end(), login_.name.begin(), login_.name.end());
    id_ = packet.id;
    response_ = make_packet(kResponse, id_, data);
    tries_ = 0;
    respond(now);
  }
  void respond(Time now) {
    ++tries_;
    send(response_);
    if (outcome() == Outcome::none) wait_until(now + timing_.first);
  }

  const Login& login_;
  Timing timing_;
  Bytes own_challenge_;
  Bytes response_;
  Byte id_ = 0;
  int tries_ = 0;
};

}  // namespace

std::optional<Bytes> Authentication::next_packet() {
  if (packets_.empty()) return std::nullopt;
  Bytes packet = std::move(packets_.front());
  packets_.erase(packets_.begin());
  return packet;
}

std::unique_ptr<Authentication> make_judge(Proof proof, const std::vector<Login>& accepts,
                                           const Timing& timing, Dice& dice) {
  if (proof == Proof::pap) return std::make_unique<PapJudge>(accepts);
  return std::make_unique<ChapJudge>(accepts, timing, dice);
}

std::unique_ptr<Authentication> make_prover(Proof proof, const Login& login, const Timing& timing,
                                            ByteView own_challenge) {
  if (proof == Proof::pap) return std::make_unique<PapProver>(login, timing);
  return std::make_unique<ChapProver>(login, timing, own_challenge);
}

}  // namespace serialtcp::ppp
