// The options of IPCP (RFC 1332, RFC 1877): IPv4 addresses of both ends, name servers, header compression.
//
// Each end names its own address. An end that has none names 0.0.0.0, and the other end answers with a Nak that contains
// the address that it gives.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ppp/config.h"
#include "ppp/dice.h"
#include "ppp/options.h"

namespace serialtcp::ppp {

class IpcpOptions final : public Options {
 public:
  /// Van Jacobson header compression, as the receiver of compressed headers wants it.
  struct Compression {
    bool used = false;
    Byte last_slot = 0;       ///< slots 0 to this one
    bool omits_slot = false;  ///< the number of the slot may be left out
  };
  /// What this end offers (RFC 1332 recommends it).
  static constexpr Byte kLastSlot = 15;
  /// 10.64.64.0/24: an address of it for a peer that asks for one, where this end has none to give. (Some servers have no
  /// address of their own, and end a link on which they get none.)
  static constexpr std::uint32_t kSpares = 0x0A404000;
  /// Requests of a peer for an address of its own, before it gets that (Config::yields).
  static constexpr int kInsists = 2;

  /// Both outlive it.
  IpcpOptions(const Config& config, Dice& dice) : config_(config), dice_(dice) {}

  void reset() override;
  void append_wanted(Bytes& out) const override;
  void begin_peer() override;
  Judgement judge(const Option& option) override;
  void append_missing(Bytes& out) override;
  void acknowledged() override { address_refused_ = address_refused_ || ours_ == 0; }
  void naked(const Option& option) override;
  void rejected(Byte type) override;
  std::string problem() const override;
  std::string_view name(Byte type) const override;

  std::uint32_t ours() const { return ours_; }
  /// 0: it has not said.
  std::uint32_t peers() const { return peers_ != 0 ? peers_ : config_.peers; }
  /// Name servers that the peer has given.
  const std::array<std::uint32_t, 2>& dns() const { return dns_; }
  /// What this end may receive, and what it may send.
  const Compression& receives() const { return receives_; }
  const Compression& sends() const { return sends_; }
  /// Both ends give addresses, and disagree on them.
  bool both_give() const { return offered_ != 0 && insisted_ != 0; }
  /// On which addresses the ends disagree, as a sentence; empty if they do not.
  std::string dispute() const;

 private:
  Judgement judge_address(ByteView value);
  std::uint32_t spare();
  Judgement judge_dns(ByteView value, std::uint32_t given) const;
  Judgement judge_compression(ByteView value);

  const Config& config_;
  Dice& dice_;
  std::uint32_t ours_ = 0;
  std::uint32_t peers_ = 0;
  std::array<std::uint32_t, 2> dns_{};
  std::array<bool, 2> asks_dns_{};
  Compression receives_;
  Compression sends_;
  bool address_refused_ = false;  // the peer rejects the option
  bool address_said_ = false;     // in the request that is judged
  std::uint32_t offered_ = 0;     // by the peer, in place of the one that this end has
  std::uint32_t insisted_ = 0;    // by the peer, in place of the one that this end gives
  int peer_insists_ = 0;
};

}  // namespace serialtcp::ppp
