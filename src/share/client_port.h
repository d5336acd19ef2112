// ClientPort: the port as a client of RFC 2217 may set it. What a client asks for that may not write is not done; it is
// answered with what is in force.
#pragma once

#include <memory>
#include <string_view>

#include "port/serial_port.h"
#include "telnet/served_port.h"

namespace serialtcp::share {

/// What the setting of the port means for those who share it.
class PortUser {
 public:
  virtual ~PortUser() = default;
  /// Before anything is changed: whether the client may do so, after what it has sent was given to the port.
  virtual bool may_set() = 0;
  /// It was changed.
  virtual void has_set() = 0;
  /// What it asked for was not done; for the log.
  virtual void note(std::string_view text) = 0;
  /// What the port has delivered already is dropped for this client.
  virtual void drop_received() = 0;
  /// What this client has sent is dropped.
  virtual void drop_to_send() = 0;
  /// The state of a break, as far as clients have set it.
  virtual io::SerialPort::Break break_state() = 0;
  virtual void set_break(io::SerialPort::Break wanted) = 0;
};

class ClientPort final : public telnet::ServedPort {
 public:
  static constexpr std::uint32_t kFastest = 50'000'000;

  /// `port` outlives it.
  ClientPort(io::SerialPort& port, std::unique_ptr<PortUser> user) : port_(port), user_(std::move(user)) {}

  std::uint32_t set_baud(std::uint32_t wanted) override;
  Byte set_data_size(Byte wanted) override;
  Byte set_parity(Byte wanted) override;
  Byte set_stop_size(Byte wanted) override;
  Byte set_flow(Byte wanted) override;
  Byte set_inbound_flow(Byte wanted) override;
  Byte set_break(Byte wanted) override;
  Pins set_pins(const Pins& wanted) override;
  void purge(Byte what) override;
  Byte modem_state() override;

 private:
  void change(const io::SerialSettings& wanted);

  io::SerialPort& port_;
  std::unique_ptr<PortUser> user_;
};

}  // namespace serialtcp::share
