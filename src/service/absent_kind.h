// AbsentKind: a kind of services that other systems have and this one does not. Its texts are recognized, and answered by why.
#pragma once

#include <string>
#include <string_view>

#include "service/service_kind.h"

namespace serialtcp::io {

class AbsentKind final : public ServiceKind {
 public:
  /// `why` completes "argument X: ...". Both must outlive this.
  constexpr AbsentKind(std::string_view prefix, std::string_view why) : prefix_(prefix), why_(why) {}

  std::string_view prefix() const override { return prefix_; }
  Commas commas() const override { return Commas::belong_to_place; }
  std::string_view options_are() const override { return ""; }
  std::span<const KindOption> options() const override { return {}; }
  ParsedPlace<ListenPlace> parse_server(const PlaceText&) const override {
    return std::unexpected(std::string(why_));
  }
  ParsedPlace<ConnectPlace> parse_client(const PlaceText&) const override {
    return std::unexpected(std::string(why_));
  }

 private:
  std::string_view prefix_;
  std::string_view why_;
};

}  // namespace serialtcp::io
