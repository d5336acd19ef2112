// Share: one serial port, and the clients that use it at the same time.
#pragma once

#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/front_end.h"
#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "os/observer.h"
#include "port/break_switch.h"
#include "port/terminal_front_end.h"
#include "share/client.h"
#include "share/dialler.h"
#include "share/port_keeper.h"
#include "share/port_log.h"
#include "share/port_watch.h"
#include "share/reset.h"
#include "share/share_config.h"
#include "share/writers.h"

namespace serialtcp::share {

class Share final : private ClientHost, private PortKeeper::User, private PortWatch::User {
 public:
  /// What a "break" of a telnet client becomes on the line.
  static constexpr Duration kBreak = std::chrono::milliseconds(300);
  /// On a pty, a program that chooses this speed asks for a reset, as programs for Arduino boards do.
  static constexpr std::uint32_t kResetSpeed = 1200;
  /// Clients that are refused are reported at most this often.
  static constexpr Duration kRefusedAgain = std::chrono::seconds(30);

  /// All references outlive it.
  Share(io::asio::io_context& context, const ShareConfig& config, io::Observer& observer);
  ~Share() override;

  /// Opens the port or waits for it, and listens. The error is a sentence.
  std::expected<void, std::string> start();
  /// Closes everything, and puts the port back.
  void stop();
  struct Figures {
    bool open = false;                 ///< the device is there
    io::SerialSettings settings = {};  ///< in force
    std::vector<std::string> places = {};
    std::size_t clients = 0;
    std::string writer = {};  ///< who has the port for writing; empty: nobody, or all
    std::uint64_t received = 0;
    std::uint64_t written = 0;
    std::uint64_t lost = 0;  ///< for clients that read too slowly
  };
  Figures figures() const;

  /// Goes on in the file that is at the path of the log now.
  void reopen_log() { log_.open_again(); }

  /// A client that has not come over a place of the configuration: the other side of this socket. `from` is for the log.
  void join(io::StreamSocket socket, const std::string& from, Protocol protocol) {
    admit(std::move(socket), from, protocol);
  }
  /// Called from the loop when the last client has left; may destroy this object.
  void when_unused(std::function<void()> unused) { unused_ = std::move(unused); }

 private:
  class Setter;

  /// One place where clients come from.
  struct Entrance {
    Place place;
    std::string address = {};  ///< of the place, as it is listened at
    std::unique_ptr<io::FrontEnd> front_end = {};
    io::TerminalFrontEnd* terminal = nullptr;  ///< the same, of a pty
    Dialler* dialler = nullptr;                ///< the same, of a client that is connected to
    Client::Id client = 0;                     ///< of these two: the latest one
  };

  std::expected<void, std::string> open(const Place& place);
  std::expected<std::string, std::string> listen(Entrance& entrance);
  void accepted(io::StreamSocket socket, const std::string& from, Entrance& entrance);
  bool admit(io::StreamSocket socket, const std::string& from, Protocol protocol);
  void wait_while_full();
  void terminal_set(const Entrance& entrance, const io::SerialSettings& wanted);
  void show_settings();
  void play_reset(std::string_view why);
  bool make_room();
  void refuse(io::StreamSocket socket, const std::string& from);
  std::unique_ptr<telnet::ServedPort> port_for(Client::Id id);
  Client* find(Client::Id id);
  std::string writer() const;
  void tell_who_writes(Client& client);
  void restore_when_unused();
  void serve_writers(void (Client::*serve)() = &Client::flush);

  // ClientHost
  void served() override { watch_.update(); }
  void caught_up() override { keeper_.resume(); }
  std::size_t write(Client& client, ByteView bytes) override;
  bool may_write(Client& client) override;
  void send_break(Client& client) override;
  void ended(Client& client) override;
  void closed(Client& client, std::string_view why) override;
  void note(const Client& client, std::string_view text) override;

  // PortKeeper::User
  void port_delivered(ByteView bytes) override;
  void port_writable() override;
  bool port_wanted() override;
  void port_opened() override;
  void port_lost() override { look_at_pins(); }

  // PortWatch::User
  PortWatch::Wanted wanted() const override;
  void look_at_pins() override;
  void had_errors(Byte bits) override;

  io::asio::io_context& context_;
  ShareConfig config_;
  io::Observer& observer_;
  Writers writers_;
  PortKeeper keeper_;
  std::list<Entrance> entrances_;
  std::list<std::unique_ptr<Client>> clients_;  ///< in the order of their turns to write
  Client::Id last_id_ = 0;
  io::BreakSwitch break_;
  ResetPlayer reset_;
  PortLog log_;
  PortWatch watch_;
  std::uint64_t received_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;  ///< for clients that have left
  std::function<void()> unused_;
  std::uint64_t refused_ = 0;  ///< not yet reported
  Time refused_told_ = Time::min();
  io::Alarm hold_alarm_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::share
