// The option of IPV6CP (RFC 5072): the interface identifiers of both ends, the lower half of their link-local addresses.
#pragma once

#include <cstdint>
#include <string>

#include "ppp/dice.h"
#include "ppp/options.h"

namespace serialtcp::ppp {

class Ipv6cpOptions final : public Options {
 public:
  /// `dice` outlives it. `ours`: the identifier of this end; 0: a random one.
  explicit Ipv6cpOptions(Dice& dice, std::uint64_t ours = 0) : dice_(dice), ours_(ours) {}

  void reset() override;
  void append_wanted(Bytes& out) const override;
  void begin_peer() override { peers_ = 0; }
  Judgement judge(const Option& option) override;
  void append_missing(Bytes& out) override;
  void naked(const Option& option) override;
  void rejected(Byte type) override;
  std::string problem() const override;
  std::string_view name(Byte type) const override;

  std::uint64_t ours() const { return ours_; }
  /// 0: it has not said.
  std::uint64_t peers() const { return peers_; }

 private:
  std::uint64_t new_id();

  Dice& dice_;
  std::uint64_t ours_ = 0;
  std::uint64_t peers_ = 0;
  std::uint64_t given_ = 0;  // to a peer that has none
  bool refused_ = false;
};

}  // namespace serialtcp::ppp
