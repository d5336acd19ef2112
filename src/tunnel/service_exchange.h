// ServiceExchange: announces to the peer which services this end offers and wants, and receives the same from
// the peer, once a link. It does not know frames, nor what the services are used for.
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

  /// Another peer, which has received nothing yet.
  void begin();

  // ---- Sending ----
  bool has_next() const { return !due_.empty(); }
  /// The part to be sent now; counts as sent.
  wire::chunk::Services next();
  void lost(std::uint8_t part) { due_.push_back(part); }

  /// It can wait until the open frame has ended.
  Time due(During during) const override {
    return has_next() && during == During::no_frame ? Time{} : kNever;
  }
  void write(FrameRoom& room, Time now) override;
  void lost(const link::Ticket& ticket, Time) override { lost(static_cast<std::uint8_t>(ticket.offset)); }
  void forget() override { begin(); }

  // ---- Receiving ----
  enum class Heard : std::uint8_t { part, all, malformed };
  /// `all` once, with the last missing part.
  Heard hear(const wire::chunk::Services& chunk);
  /// Null until all parts have arrived.
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
