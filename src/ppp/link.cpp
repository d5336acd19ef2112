#include "ppp/link.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ppp/numbers.h"

namespace serialtcp::ppp {

namespace {

constexpr std::size_t kMagicSize = 4;
/// Between echo requests that are not answered.
constexpr Duration kEchoAgain = std::chrono::seconds(5);

}  // namespace

PppLink::PppLink(Config config, Time now)
    : config_(std::move(config)),
      dice_(config_.entropy),
      timing_(timing_of(config_.rate)),
      lcp_options_(config_, dice_),
      ipcp_options_(config_, dice_),
      ipv6cp_options_(dice_, config_.our_id),
      lcp_(protocol::kLcp, "LCP", lcp_options_, *this, timing_),
      ipcp_(protocol::kIpcp, "IPCP", ipcp_options_, *this, timing_),
      ipv6cp_(protocol::kIpv6cp, "IPV6CP", ipv6cp_options_, *this, timing_) {
  start_lcp(now);
}

// ---- the line ----

void PppLink::receive(ByteView bytes, Time now) {
  while (const auto frame = reader_.next(bytes)) {
    const bool lost = std::exchange(damaged_, reader_.counts().lost()) != reader_.counts().lost();
    if (lost && decompressor_) decompressor_->lost();
    hear(*frame, now);
  }
}

Bytes PppLink::transmit(std::size_t room) {
  Bytes bytes(std::min(room, outbox_.size()));
  outbox_.take(bytes);
  return bytes;
}

void PppLink::send_frame(std::uint16_t protocol, ByteView information) {
  // After a silence there may be noise on the line, which the flag ends.
  const OpeningFlag opening = outbox_.empty() ? OpeningFlag::needed : OpeningFlag::shared;
  append_frame(protocol, information, format_, opening, outbox_.tail());
  ++sent_;
}

void PppLink::send_packet(std::uint16_t protocol, ByteView packet) {
  if (outbox_.size() <= limits::kMaxAnswersPending) send_frame(protocol, packet);
}

// ---- what is received ----

void PppLink::hear(const Frame& frame, Time now) {
  if (lcp_.is_open()) {
    unanswered_ = 0;
    if (echo_at_ != kNever) echo_at_ = now + config_.echo_after;
  }
  if (frame.protocol == protocol::kLcp) return hear_lcp(frame.information, now);
  if (!lcp_.is_open()) return;
  if (frame.protocol == protocol::kPap || frame.protocol == protocol::kChap) {
    const bool judged =
        judge_ && lcp_options_.ours().proof == (frame.protocol == protocol::kPap ? Proof::pap : Proof::chap);
    const bool proven = prover_ && lcp_options_.peers().proof ==
                                       (frame.protocol == protocol::kPap ? Proof::pap : Proof::chap);
    const auto packet = parse_packet(frame.information);
    if (!judged && !proven) return reject_protocol(frame);
    if (!packet) return;
    if (judged) judge_->receive(*packet, now);
    if (proven) prover_->receive(*packet, now);
    return go_on_authenticating(now);
  }
  if (network_) hear_network(frame, now);
}

void PppLink::reject_protocol(const Frame& frame) {
  Bytes data = number_bytes(frame.protocol, 2);
  data.insert(data.end(), frame.information.begin(), frame.information.end());
  send_packet(protocol::kLcp, make_packet(code::kProtocolReject, ++echo_id_, data,
                                          std::max(addresses().mtu, limits::kLeastMru)));
}

void PppLink::hear_lcp(ByteView bytes, Time now) {
  const auto packet = parse_packet(bytes);
  if (!packet) return;
  if (packet->code < code::kProtocolReject || packet->code > code::kTimeRemaining)
    return lcp_.receive(bytes, now);
  if (!lcp_.is_open()) return;
  if (packet->code == code::kEchoRequest) hear_echo_request(*packet);
  if (packet->code == code::kProtocolReject) hear_protocol_reject(*packet, now);
}

void PppLink::hear_echo_request(const Packet& packet) {
  if (packet.data.size() < kMagicSize) return;
  Bytes data = number_bytes(lcp_options_.ours().magic, kMagicSize);
  data.insert(data.end(), packet.data.begin() + kMagicSize, packet.data.end());
  send_packet(protocol::kLcp, make_packet(code::kEchoReply, packet.id, data, limits::kDefaultMru));
}

void PppLink::hear_protocol_reject(const Packet& packet, Time now) {
  if (packet.data.size() < 2) return;
  const auto rejected = static_cast<std::uint16_t>(number(packet.data.first(2)));
  if (rejected == protocol::kLcp) return lcp_.reject(now);
  if (ControlProtocol* const control = network_protocol(rejected)) return control->reject(now);
  const bool of_compression = rejected == protocol::kVjCompressed || rejected == protocol::kVjUncompressed;
  if (of_compression) compressor_.reset();
  const bool of_login = rejected == protocol::kPap || rejected == protocol::kChap;
  if (of_login && !is_authenticated()) {
    note("The other end rejects the login that was agreed on.");
    end("login rejected", now);
  }
}

void PppLink::code_rejected(std::uint16_t protocol, Byte code) {
  if (protocol != protocol::kLcp || (code != code::kEchoRequest && code != code::kEchoReply)) return;
  echo_at_ = kNever;
}

// ---- LCP ----

void PppLink::start_lcp(Time now) {
  lcp_.lower_up(now);
  if (config_.start == Config::Start::passive) return lcp_.open_passively();
  lcp_.open(now);
}

void PppLink::restart(Time now) {
  lcp_.lower_down(now);
  lcp_.close(now, {});
  retry_at_ = kNever;
  start_lcp(now);
}

void PppLink::end(std::string_view why, Time now) {
  lcp_.close(now, why);
  retry_at_ = now + limits::kPause;
}

void PppLink::close(Time now, std::string_view why) {
  closed_ = true;
  lcp_.close(now, why);
  retry_at_ = kNever;
}

void PppLink::layer_up(std::uint16_t protocol, Time now) {
  if (protocol == protocol::kLcp) return lcp_is_up(now);
  if (protocol == protocol::kIpcp) set_compression();
  update_up({});
}

void PppLink::layer_down(std::uint16_t protocol, std::string_view why, Time now) {
  if (protocol == protocol::kLcp) return lcp_is_down(why, now);
  if (protocol == protocol::kIpcp) set_compression();
  update_up(why);
}

void PppLink::lcp_is_up(Time now) {
  const LcpOptions::Side& peers = lcp_options_.peers();
  format_ = {peers.map | config_.map, peers.short_protocol, peers.no_address};
  reader_.set_map(lcp_options_.ours().map);
  retry_at_ = kNever;
  unanswered_ = 0;
  echo_at_ = config_.echo_after > Duration::zero() ? now + config_.echo_after : kNever;
  authenticate(now);
}

void PppLink::lcp_is_down(std::string_view why, Time now) {
  format_ = {};
  reader_.set_map(kEscapeAll);
  echo_at_ = kNever;
  if (network_ && !up_) note_dispute();
  network_ = false;
  update_up(why);
  for (ControlProtocol* const control : {&ipcp_, &ipv6cp_}) {
    control->lower_down(now);
    control->close(now, {});
  }
  judge_.reset();
  prover_.reset();
}

void PppLink::layer_finished(std::uint16_t protocol, std::string_view why, Time now) {
  if (protocol == protocol::kLcp) return lcp_is_finished(why, now);
  if (!network_) return;
  note(std::string(protocol == protocol::kIpcp ? "There is no IPv4: " : "There is no IPv6: ") +
       std::string(why) + ".");
  end_if_useless(why, now);
}

void PppLink::lcp_is_finished(std::string_view why, Time now) {
  if (closed_) return;
  if (lcp_options_.lacks_login()) note(LcpOptions::kNoLogin);
  if (lcp_.state() != State::stopped || config_.start == Config::Start::passive) return;
  retry_at_ = now + (why.starts_with("the other end ended it") ? limits::kRetryAfterEnd : limits::kRetry);
}

void PppLink::gave_up(std::uint16_t protocol, std::string_view why, Time now) {
  if (protocol == protocol::kLcp) {
    note(why);
    return end("no agreement", now);
  }
  if (protocol == protocol::kIpcp) note_dispute();
  if (protocol != protocol::kIpcp || ipcp_options_.dispute().empty()) note(why);
  network_protocol(protocol)->close(now, "no agreement");
  end_if_useless("no agreement", now);
}

// ---- who is there ----

void PppLink::authenticate(Time now) {
  const Proof peers_proof = lcp_options_.ours().proof;
  const Proof our_proof = lcp_options_.peers().proof;
  if (peers_proof != Proof::none) {
    judge_ = make_judge(peers_proof, config_.accepts, timing_, dice_);
    judge_->start(now);
  }
  if (our_proof != Proof::none) {
    prover_ = make_prover(our_proof, *config_.login, timing_, judge_ ? judge_->challenge() : ByteView{});
    prover_->start(now);
  }
  go_on_authenticating(now);
}

void PppLink::go_on_authenticating(Time now) {
  for (const bool judging : {true, false}) {
    Authentication* const one = judging ? judge_.get() : prover_.get();
    if (one == nullptr) continue;
    const Proof proof = judging ? lcp_options_.ours().proof : lcp_options_.peers().proof;
    while (const auto packet = one->next_packet()) {
      send_packet(proof == Proof::pap ? protocol::kPap : protocol::kChap, *packet);
    }
  }
  for (const Authentication* const one : {judge_.get(), prover_.get()}) {
    if (one == nullptr || one->outcome() != Authentication::Outcome::failed) continue;
    note(one->text());
    return login_failed(now);
  }
  if (is_authenticated() && !network_) has_authenticated(now);
}

/// Passwords are tried slowly.
void PppLink::login_failed(Time now) {
  end("login failed", now);
  Duration pause = limits::kPause;
  for (int i = 0; i < failed_logins_ && pause < limits::kLongestPause; ++i) pause *= 2;
  retry_at_ = now + std::min(pause, limits::kLongestPause);
  ++failed_logins_;
}

void PppLink::has_authenticated(Time now) {
  failed_logins_ = 0;
  if (judge_) note("The other end has logged in as \"" + judge_->name() + "\".");
  start_network(now);
}

bool PppLink::is_authenticated() const {
  const auto passed = [](const auto& one) {
    return !one || one->outcome() == Authentication::Outcome::passed;
  };
  return passed(judge_) && passed(prover_);
}

// ---- time ----

void PppLink::tick(Time now) {
  lcp_.tick(now);
  ipcp_.tick(now);
  ipv6cp_.tick(now);
  for (Authentication* const one : {judge_.get(), prover_.get()}) {
    if (one != nullptr && now >= one->deadline()) one->tick(now);
  }
  if (judge_ || prover_) go_on_authenticating(now);
  tick_echo(now);
  if (now >= retry_at_) restart(now);
}

Time PppLink::deadline() const {
  Time next = std::min({lcp_.deadline(), ipcp_.deadline(), ipv6cp_.deadline(), echo_at_, retry_at_});
  for (const Authentication* const one : {judge_.get(), prover_.get()}) {
    if (one != nullptr) next = std::min(next, one->deadline());
  }
  return next;
}

void PppLink::tick_echo(Time now) {
  if (now < echo_at_) return;
  if (unanswered_ < config_.echoes) {
    ++unanswered_;
    echo_at_ = now + std::min(kEchoAgain, config_.echo_after);
    return send_echo_request();
  }
  lcp_is_down("the other end does not answer any more", now);
  restart(now);
}

void PppLink::send_echo_request() {
  send_packet(protocol::kLcp, make_packet(code::kEchoRequest, ++echo_id_,
                                          number_bytes(lcp_options_.ours().magic, kMagicSize)));
}

// ---- reports ----

void PppLink::report(ip::LinkReport report) {
  if (reports_.size() >= limits::kMaxReports) {
    if (report.kind == ip::LinkReport::Kind::datagram) return;
    reports_.pop_front();
  }
  reports_.push_back(std::move(report));
}

void PppLink::note(std::string_view text) {
  if (std::ranges::find(noted_, text) != noted_.end() || noted_.size() >= limits::kMaxNotes) return;
  noted_.emplace_back(text);
  report({ip::LinkReport::Kind::note, {}, std::string(text)});
}

std::optional<ip::LinkReport> PppLink::poll() {
  if (reports_.empty()) return std::nullopt;
  ip::LinkReport first = std::move(reports_.front());
  reports_.pop_front();
  return first;
}

LinkFacts PppLink::facts() const {
  LinkFacts facts;
  facts.lcp = lcp_.is_open();
  facts.ipv4 = ipcp_.is_open();
  facts.ipv6 = ipv6cp_.is_open();
  facts.sends = format_;
  facts.received = reader_.counts();
  facts.sent = sent_;
  facts.dropped = dropped_;
  facts.compressed_headers_sent = compressor_.has_value();
  facts.compressed_headers_received = decompressor_.has_value();
  if (facts.ipv4) facts.dns = ipcp_options_.dns();
  if (judge_ && judge_->outcome() == Authentication::Outcome::passed) facts.peers_name = judge_->name();
  return facts;
}

}  // namespace serialtcp::ppp
