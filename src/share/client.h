// Client: one connection that shares the port. Gets what the port delivers, as far as it reads it, and hands on what it
// sends, as fast as the port takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "os/alarm.h"
#include "os/asio.h"
#include "os/lifetime.h"
#include "serialtcp/bytes.h"
#include "serialtcp/time.h"
#include "share/backlog.h"
#include "share/input.h"
#include "share/share_config.h"
#include "telnet/served_port.h"
#include "telnet/server_session.h"

namespace serialtcp::share {

class Client;

/// What a client needs of the port. No function destroys the client.
class ClientHost {
 public:
  virtual ~ClientHost() = default;

  /// Returns how many of the bytes the port has taken. Otherwise the client's port_takes_more() is called later.
  virtual std::size_t write(Client& client, ByteView bytes) = 0;
  /// Whether the client may write and set the port. If not, it has been told why.
  virtual bool may_write(Client& client) = 0;
  virtual void send_break(Client& client) = 0;
  /// What it has sent was carried out, so far.
  virtual void served() = 0;
  /// It has accepted much of what was pending.
  virtual void caught_up() = 0;
  /// It writes nothing more.
  virtual void ended(Client& client) = 0;
  /// The connection is over; destroy it later. `why` completes "closed".
  virtual void closed(Client& client, std::string_view why) = 0;
  virtual void note(const Client& client, std::string_view text) = 0;
};

class Client final : public telnet::ServerEvents {
 public:
  using Id = std::uint64_t;

  /// With this much more than the data that may be pending, a client that causes answers has to read them.
  static constexpr std::size_t kMostAnswers = 16 * 1024;
  static constexpr int kChunksPerTurn = 4;
  /// What the kernel holds for a client that does not read.
  static constexpr int kSendBuffer = 64 * 1024;
  /// A client that has accepted nothing for this time does not read.
  static constexpr Duration kStalled = std::chrono::seconds(10);
  /// A client that has not answered to telnet in this time expects none.
  static constexpr Duration kTelnetAnswer = std::chrono::seconds(2);

  struct Origin {
    Id id = 0;
    std::string from = {};
    Protocol protocol = Protocol::raw;
    Duration after_end = ShareConfig::kAfterEnd;
  };

  /// `host` and `port` outlive it; `port` is for a client that speaks RFC 2217.
  Client(io::StreamSocket socket, Origin origin, ClientHost& host, std::unique_ptr<telnet::ServedPort> port,
         const std::string& signature);

  void start(std::string_view banner);
  /// The port has delivered this.
  void deliver(ByteView data);
  /// A message for whoever reads it, in the data.
  void tell(std::string_view text);
  void look_at_pins();
  void notify_line_state(Byte bits);
  /// Gives the port what it takes.
  void flush();
  /// The same, and reads what the client has sent meanwhile. Not to be called by what it has sent.
  void port_takes_more();
  bool has_input() const { return !input_.empty(); }

  /// It may have ended: takes what it has sent before, without waiting for the loop.
  void take_rest();

  // What a client of RFC 2217 may ask for.
  void drop_received() { backlog_.drop_data(); }
  void drop_input() { input_.clear(); }

  /// Closes the connection at once.
  void close();
  bool is_open() const { return socket_.is_open(); }
  /// It has ended its output: it may be closed for another client.
  bool has_ended() const { return ended_; }
  /// Much is pending for it, and it accepts it, or has asked to wait.
  bool is_behind() const;
  bool watches_pins() const { return session_ && session_->watches_pins(); }
  bool watches_line() const { return session_ && session_->watches_line(); }

  const Origin& origin() const { return origin_; }
  /// Whom it was told of, as the one who writes.
  std::optional<Id> told_of() const { return told_of_; }
  void set_told_of(Id writer) { told_of_ = writer; }

  struct Figures {
    std::uint64_t received = 0;  ///< data, from the client
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    Time since = {};
  };
  const Figures& figures() const { return figures_; }

  void data(ByteView bytes) override;
  void break_pressed() override;

 private:
  enum class Told : std::uint8_t { no, yes };

  void readable();
  bool read_some();
  void receive(ByteView bytes);
  void receive_raw(ByteView bytes);
  void wait_readable();
  bool takes_answers() const;
  bool has_room() const;
  void give();
  std::size_t write(ByteView bytes);
  Backlog::Data flow() const;
  void send(ByteView bytes, std::size_t content);
  void send_always(ByteView bytes);
  std::size_t send_now(ByteView bytes);
  void send_pending();
  void writable();
  void end_of_input();
  void leave_if_done();
  void fail(std::string_view why);
  void look_at_telnet();
  void look_at_first_bytes(ByteView bytes);
  void note_once(Told& told, std::string_view text);

  io::StreamSocket socket_;
  Origin origin_;
  ClientHost& host_;
  std::unique_ptr<telnet::ServedPort> port_;
  std::optional<telnet::ServerSession> session_;  ///< of telnet and RFC 2217
  Backlog backlog_;
  Input input_;    ///< for the port
  Bytes scratch_;  ///< coded bytes
  Bytes first_;    ///< of a raw client: its first bytes
  Figures figures_;
  std::optional<Id> told_of_;
  Time accepted_ = {};    ///< when it has last accepted something
  bool reading_ = false;  ///< a wait is under way
  bool more_ = false;     ///< the last read has taken all that there was room for
  bool writing_ = false;
  bool ended_ = false;
  bool done_ = false;  ///< the port has taken everything after that
  Told raw_told_ = Told::no;
  Told endless_told_ = Told::no;
  io::Alarm telnet_alarm_;
  io::Alarm end_alarm_;
  io::Lifetime lifetime_;
};

}  // namespace serialtcp::share
