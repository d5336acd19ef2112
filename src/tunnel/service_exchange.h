// ServiceExchange: exchanges with the peer which services each end offers and wants, once for each link. What the
// services are for is not known here.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "serialtcp/config.h"
#include "tunnel/speaker.h"
#include "wire/services.h"

namespace serialtcp::tunnel {

class ServiceExchange final : public Speaker {
 public:
  explicit ServiceExchange(const ServiceNames& own);

  /// A new peer.
  void begin();

  // ---- To the peer ----
  bool has_next() const { return !due_.empty(); }
  /// The next part; it counts as sent.
  wire::chunk::Services next();
  void lost(std::uint8_t part) { due_.push_back(part); }

  /// It can wait until the open frame has ended.
  Time due(During during) const override {
    return has_next() && during == During::no_frame ? Time{} : kNever;
  }
  void write(FrameRoom& room, Time now) override;
  void lost(const link::Ticket& ticket, Time) override { lost(static_cast<std::uint8_t>(ticket.offset)); }
  void forget() override { begin(); }

  // ---- From the peer ----
  enum class Heard : std::uint8_t { part, all, malformed };
  /// `all` is returned once, with the last part that was missing.
  Heard hear(const wire::chunk::Services& chunk);
  /// Null until all parts have been received.
  const ServiceNames* peer() const { return complete_ ? &peer_ : nullptr; }

 private:
  const std::vector<Bytes> own_;
  std::vector<std::uint8_t> due_;                   // parts, the next one last
  std::vector<std::optional<ServiceNames>> heard_;  // a part each; empty before the first
  std::size_t names_heard_ = 0;
  ServiceNames peer_;
  bool complete_ = false;
};

}  // namespace serialtcp::tunnel
