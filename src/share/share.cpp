#include "share/share.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/listen_addresses.h"
#include "net/tcp_listener.h"
#include "os/clock.h"
#include "os/text.h"
#include "port/listen_path.h"
#include "share/client_port.h"

namespace serialtcp::share {

using io::SerialPort;

/// What a client of RFC 2217 does to the others and to the port.
class Share::Setter final : public PortUser {
 public:
  Setter(Share& share, Client::Id id) : share_(share), id_(id) {}

  bool may_set() override {
    Client* const client = share_.find(id_);
    if (client == nullptr) return false;
    client->flush();  // what it has sent before
    return share_.may_write(*client);
  }
  void has_set() override { share_.show_settings(); }
  void note(std::string_view text) override {
    if (const Client* const client = share_.find(id_)) share_.note(*client, text);
  }
  void drop_received() override {
    share_.keeper_.read_now();  // others get it
    if (Client* const client = share_.find(id_)) client->drop_received();
  }
  void drop_to_send() override {
    if (Client* const client = share_.find(id_)) client->drop_input();
  }
  SerialPort::Break break_state() override { return share_.break_.state(); }
  void set_break(SerialPort::Break wanted) override {
    if (share_.reset_.is_empty()) return share_.break_.set(wanted);
    if (wanted == SerialPort::Break::on) share_.play_reset("a client asked for it by a break");
  }

 private:
  Share& share_;
  Client::Id id_;
};

Share::Share(io::asio::io_context& context, const ShareConfig& config, io::Observer& observer)
    : context_(context),
      config_(config),
      observer_(observer),
      writers_(config.writing),
      keeper_(context, config.device, config.serial, observer, *this),
      break_(context, keeper_.port(), [this] { serve_writers(); }),
      reset_(
          context, config.reset,
          [this](std::optional<io::Pin> dtr, std::optional<io::Pin> rts) {
            keeper_.port().set_pins(dtr, rts);
          },
          [this] { serve_writers(); }),
      log_(config_, observer),
      watch_(context, keeper_.port(), *this),
      hold_alarm_(context) {}

Share::~Share() {
  stop();
}

std::expected<void, std::string> Share::start() {
  if (auto done = log_.open(); !done) return done;
  for (const Place& place : config_.places) {
    if (auto done = open(place); !done) return done;
  }
  if (auto done = keeper_.start(config_.missing); !done) {
    return std::unexpected(fmt::format("Could not open serial port {}: {}", config_.device, done.error()));
  }
  for (const Entrance& entrance : entrances_) entrance.front_end->start();
  return {};
}

void Share::stop() {
  watch_.stop();
  hold_alarm_.cancel();
  for (const Entrance& entrance : entrances_) entrance.front_end->close();
  clients_.clear();
  entrances_.clear();
  reset_.stop();
  break_.stop();
  keeper_.close();
}

// ---- Clients come ----

std::expected<void, std::string> Share::open(const Place& place) {
  Entrance& entrance = entrances_.emplace_back(Entrance{.place = place});
  const auto where = listen(entrance);
  if (!where) {
    entrances_.pop_back();
    return std::unexpected(where.error());
  }
  entrance.address = fmt::format("{} ({})", *where, protocol_name(place.protocol));
  entrance.front_end->expect(io::nominal_rate(config_.serial));
  entrance.front_end->on_accepted([this, &entrance](io::StreamSocket socket, const std::string& from) {
    accepted(std::move(socket), from, entrance);
  });
  observer_.note(fmt::format("{}: {} {}", config_.device,
                             entrance.dialler != nullptr ? "connecting to" : "listening on",
                             entrance.address));
  if (place.warn == Place::Warn::yes) {
    observer_.note(fmt::format(
        "WARNING: {}: every host that can reach this machine can use the port, since -P listens on all interfaces; "
        "--raw PORT is for this machine only",
        config_.device));
  }
  return {};
}

/// Returns where, for the log.
std::expected<std::string, std::string> Share::listen(Entrance& entrance) {
  const Place& place = entrance.place;
  const auto* const path = std::get_if<std::string>(&place.where);
  std::string where = to_string(place);
  if (place.kind == Place::Kind::pty) {
    auto made = io::TerminalFrontEnd::make(context_, *path, config_.serial);
    if (!made) return std::unexpected(std::move(made.error()));
    entrance.terminal = made->get();
    entrance.terminal->on_set(
        [this, &entrance](const io::SerialSettings& wanted) { terminal_set(entrance, wanted); });
    entrance.terminal->on_dropped([this, &entrance] {
      keeper_.read_now();  // others get it
      if (Client* const client = find(entrance.client)) client->drop_received();
    });
    entrance.front_end = std::move(*made);
  } else if (place.kind == Place::Kind::unix_socket) {
    auto made = io::listen_at_path(context_, *path, observer_);
    if (!made) return std::unexpected(std::move(made.error()));
    entrance.front_end = std::move(*made);
  } else if (place.kind == Place::Kind::dialled) {
    auto made =
        std::make_unique<Dialler>(context_, std::get<io::Target>(place.where), config_.device, observer_);
    entrance.dialler = made.get();
    entrance.front_end = std::move(made);
  } else {
    auto made = io::TcpListener::listen(context_, std::get<io::Target>(place.where), observer_);
    if (!made) return std::unexpected(std::move(made.error()));
    std::vector<std::string> addresses;
    for (const io::tcp::endpoint& at : (*made)->addresses())
      addresses.push_back(io::to_string(io::Target{at.address().to_string(), at.port()}));
    where = io::list_of(addresses);
    entrance.front_end = std::move(*made);
  }
  return where;
}

void Share::accepted(io::StreamSocket socket, const std::string& from, Entrance& entrance) {
  // A pty that was closed and opened again at once: the client before is not to be in the way.
  Client* const before = entrance.terminal != nullptr ? find(entrance.client) : nullptr;
  if (before != nullptr) before->take_rest();
  entrance.client = last_id_ + 1;
  if (!admit(std::move(socket), from, entrance.place.protocol) && entrance.dialler != nullptr)
    entrance.dialler->over();
}

/// False if it was refused.
bool Share::admit(io::StreamSocket socket, const std::string& from, Protocol protocol) {
  const Client::Id id = ++last_id_;
  if (clients_.size() >= config_.most_clients && !make_room()) {
    refuse(std::move(socket), from);
    return false;
  }
  auto port = protocol == Protocol::rfc2217 ? port_for(id) : nullptr;
  ClientHost& host = *this;
  if (clients_.empty() && config_.reset_when != ResetWhen::request) play_reset("a client has connected");
  clients_.push_back(std::make_unique<Client>(std::move(socket),
                                              Client::Origin{id, from, protocol, config_.after_end}, host,
                                              std::move(port), "serialtcp " + config_.device));
  writers_.joined(id);
  observer_.connection(id, fmt::format("from {}, {}", from, protocol_name(protocol)));
  keeper_.resume();
  wait_while_full();
  clients_.back()->start(config_.banner.empty() ? "" : config_.banner + "\r\n");
  return true;
}

void Share::wait_while_full() {
  if (config_.full != ShareConfig::Full::wait) return;
  const bool full = clients_.size() >= config_.most_clients;
  for (const Entrance& entrance : entrances_) {
    if (entrance.dialler != nullptr) continue;  // it pauses by itself
    full ? entrance.front_end->stop() : entrance.front_end->start();
  }
}

/// Closes one that has ended its output, and only reads.
bool Share::make_room() {
  const auto ended = std::ranges::find_if(clients_, [](const auto& one) { return one->has_ended(); });
  if (ended == clients_.end()) return false;
  (*ended)->close();
  closed(**ended, ": its place is needed for another client");
  clients_.erase(ended);
  return true;
}

void Share::refuse(io::StreamSocket socket, const std::string& from) {
  const std::string text = fmt::format("serialtcp: {} has {} clients already, the most that it may have\r\n",
                                       config_.device, config_.most_clients);
  io::ErrorCode ignored;
  socket.send(io::asio::buffer(text), 0, ignored);
  socket.shutdown(io::StreamSocket::shutdown_send, ignored);
  ++refused_;
  if (refused_told_ != Time::min() && io::now() - refused_told_ < kRefusedAgain) return;
  refused_told_ = io::now();
  observer_.note(
      fmt::format("WARNING: {}: the client {} was refused ({} since the last such message): there are {} "
                  "already; --max allows more",
                  config_.device, from, std::exchange(refused_, 0), config_.most_clients));
}

std::unique_ptr<telnet::ServedPort> Share::port_for(Client::Id id) {
  return std::make_unique<ClientPort>(keeper_.port(), std::make_unique<Setter>(*this, id));
}

Client* Share::find(Client::Id id) {
  const auto found = std::ranges::find_if(clients_, [id](const auto& one) { return one->origin().id == id; });
  return found != clients_.end() && (*found)->is_open() ? found->get() : nullptr;
}

// ---- Clients leave ----

void Share::ended(Client& client) {
  writers_.left(client.origin().id);
}

void Share::closed(Client& client, std::string_view why) {
  const Client::Id id = client.origin().id;
  const Client::Figures& figures = client.figures();
  writers_.left(id);
  lost_ += figures.lost;
  const std::string lost = figures.lost > 0 ? fmt::format(", {} of them lost", figures.lost) : "";
  observer_.connection_over(
      id, why.empty() ? io::Observer::Ending::in_order : io::Observer::Ending::failed,
      fmt::format("closed{}; {} bytes from it, {} bytes to it{}, {:.1f} s", why, figures.received,
                  figures.delivered, lost, to_seconds(io::now() - figures.since)));
  const bool sets = client.origin().protocol == Protocol::rfc2217;
  io::asio::post(context_, lifetime_.guard([this, id, sets] {
    std::erase_if(clients_, [id](const auto& one) { return one->origin().id == id; });
    keeper_.resume();
    for (const Entrance& entrance : entrances_) {
      entrance.front_end->resume();
      if (entrance.dialler != nullptr && entrance.client == id) entrance.dialler->over();
    }
    wait_while_full();
    if (sets) restore_when_unused();
    const auto unused = clients_.empty() ? unused_ : nullptr;
    if (unused) unused();  // this object may be gone now
  }));
}

/// The last one that could set the port has left: it is set as it was configured, without a change of its pins.
void Share::restore_when_unused() {
  const auto sets = [](const auto& one) { return one->origin().protocol == Protocol::rfc2217; };
  if (std::ranges::any_of(clients_, sets)) return;
  break_.set(SerialPort::Break::off);
  io::SerialSettings wanted = config_.serial;
  wanted.dtr = keeper_.port().settings().dtr;
  wanted.rts = keeper_.port().settings().rts;
  if (keeper_.port().settings() == wanted) return;
  keeper_.port().change(wanted);
  show_settings();
}

// ---- Programs on a pty ----

void Share::terminal_set(const Entrance& entrance, const io::SerialSettings& wanted) {
  Client* const client = find(entrance.client);
  if (client != nullptr) client->flush();
  const bool may = client != nullptr ? may_write(*client) : !writers_.holder();
  if (may && wanted.baud == kResetSpeed && !reset_.is_empty()) {
    play_reset("a program on the pty chose 1200 baud");
  } else if (may) {
    keeper_.port().change(wanted);
  }
  show_settings();
}

/// A program finds what is in force, not what it has asked for.
void Share::show_settings() {
  for (const Entrance& entrance : entrances_) {
    if (entrance.terminal != nullptr) entrance.terminal->show(keeper_.port().settings());
  }
}

// ---- Resets ----

void Share::play_reset(std::string_view why) {
  if (reset_.is_empty() || reset_.is_playing()) return;
  observer_.note(fmt::format("{}: reset of the board: {}", config_.device, why));
  reset_.play();
}

void Share::note(const Client& client, std::string_view text) {
  const std::string_view mark = "WARNING: ";
  const bool warns = text.starts_with(mark);
  if (warns) text.remove_prefix(mark.size());
  observer_.note(fmt::format("{}{}: connection {} from {}: {}", warns ? mark : "", config_.device,
                             client.origin().id, client.origin().from, text));
}

// ---- To the port ----

bool Share::may_write(Client& client) {
  if (writers_.claim(client.origin().id)) return true;
  tell_who_writes(client);
  return false;
}

/// Empty if nobody has it for writing.
std::string Share::writer() const {
  const auto holder = writers_.holder();
  if (!holder) return "";
  const auto writes =
      std::ranges::find_if(clients_, [&](const auto& one) { return one->origin().id == *holder; });
  return writes != clients_.end() ? (*writes)->origin().from : "another client";
}

Share::Figures Share::figures() const {
  Figures now{.open = keeper_.is_open(),
              .settings = keeper_.port().settings(),
              .clients = clients_.size(),
              .writer = writer(),
              .received = received_,
              .written = written_,
              .lost = lost_};
  for (const Entrance& entrance : entrances_) now.places.push_back(entrance.address);
  for (const auto& client : clients_) now.lost += client->figures().lost;
  return now;
}

void Share::tell_who_writes(Client& client) {
  const auto holder = writers_.holder();
  if (!holder || client.told_of() == holder) return;
  client.set_told_of(*holder);
  const std::string who = writer();
  client.tell(
      fmt::format("\r\n[serialtcp: {} has {} for writing; what you send is dropped until it leaves]\r\n", who,
                  config_.device));
  note(client, fmt::format("what it sends is dropped, since {} has the port for writing (--writers)", who));
}

std::size_t Share::write(Client& client, ByteView bytes) {
  if (!may_write(client)) return bytes.size();
  if (break_.is_pending() || reset_.is_playing()) return 0;
  const std::size_t count = keeper_.write(bytes);
  if (count > 0) {
    break_.wrote();
    written_ += count;
    log_.add(Transcript::Way::written, bytes.first(count));
  }
  return count;
}

/// In turns: whoever has written is the last of those who come next.
void Share::serve_writers(void (Client::*serve)()) {
  for (std::size_t turns = clients_.size(); turns > 0; --turns) {
    (clients_.front().get()->*serve)();
    clients_.splice(clients_.end(), clients_, clients_.begin());
  }
}

void Share::send_break(Client& client) {
  if (!may_write(client)) return;
  if (reset_.is_empty()) return break_.pulse(kBreak);
  play_reset("a client asked for it by a break");
}

// ---- From the port ----

void Share::port_delivered(ByteView bytes) {
  received_ += bytes.size();
  log_.add(Transcript::Way::received, bytes);
  for (const auto& client : clients_) client->deliver(bytes);
}

void Share::port_writable() {
  serve_writers(&Client::port_takes_more);
}

/// A single client holds the port back while it reads more slowly than the port sends, if nothing is lost by that. Of
/// several, nobody holds it back for the others.
bool Share::port_wanted() {
  if (clients_.size() != 1 || !clients_.front()->is_behind() || !keeper_.port().holds_sender_back())
    return true;
  hold_alarm_.start(Client::kStalled, [this] { keeper_.resume(); });
  return false;
}

void Share::port_opened() {
  if (config_.reset_when == ResetWhen::start) play_reset("the port was opened");
  break_.reopened();
  watch_.reopened();
  serve_writers();
}

// ---- Pins and errors ----

PortWatch::Wanted Share::wanted() const {
  return {.pins = std::ranges::any_of(clients_, [](const auto& one) { return one->watches_pins(); }),
          .errors = std::ranges::any_of(clients_, [](const auto& one) { return one->watches_line(); })};
}

void Share::look_at_pins() {
  for (const auto& client : clients_) client->look_at_pins();
}

void Share::had_errors(Byte bits) {
  for (const auto& client : clients_) client->notify_line_state(bits);
}

}  // namespace serialtcp::share
