#include "share/share.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "net/listen_addresses.h"
#include "net/tcp_listener.h"
#include "net/unix_listener.h"
#include "os/clock.h"
#include "os/text.h"
#include "share/client_port.h"
#include "telnet/codes.h"

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
  void drop_received() override {
    share_.keeper_.read_now();  // others get it
    if (Client* const client = share_.find(id_)) client->drop_received();
  }
  void drop_to_send() override {
    if (Client* const client = share_.find(id_)) client->drop_input();
  }
  SerialPort::Break break_state() override { return share_.break_.state(); }
  void set_break(SerialPort::Break wanted) override { share_.break_.set(wanted); }

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
      look_alarm_(context),
      hold_alarm_(context) {}

Share::~Share() {
  stop();
}

std::expected<void, std::string> Share::start() {
  for (const Place& place : config_.places) {
    if (auto done = listen(place); !done) return done;
  }
  if (auto done = keeper_.start(); !done) {
    return std::unexpected(fmt::format("Could not open serial port {}: {}", config_.device, done.error()));
  }
  for (const auto& listener : listeners_) listener->start();
  return {};
}

void Share::stop() {
  look_alarm_.cancel();
  hold_alarm_.cancel();
  for (const auto& listener : listeners_) listener->close();
  listeners_.clear();
  clients_.clear();
  break_.stop();
  keeper_.close();
}

// ---- Clients come ----

std::expected<void, std::string> Share::listen(const Place& place) {
  std::unique_ptr<io::FrontEnd> listener;
  std::string where = to_string(place);
  if (const auto* const path = std::get_if<std::string>(&place.where)) {
    auto made = io::UnixListener::listen(context_, *path, io::UnixListener::kDefaultMode, observer_);
    if (!made) return std::unexpected(std::move(made.error()));
    listener = std::move(*made);
  } else {
    auto made = io::TcpListener::listen(context_, std::get<io::Target>(place.where), observer_);
    if (!made) return std::unexpected(std::move(made.error()));
    std::vector<std::string> addresses;
    for (const io::tcp::endpoint& at : (*made)->addresses())
      addresses.push_back(io::to_string(io::Target{at.address().to_string(), at.port()}));
    where = io::list_of(addresses);
    listener = std::move(*made);
  }
  listener->expect(io::nominal_rate(config_.serial));
  listener->on_accepted([this, protocol = place.protocol](io::StreamSocket socket, const std::string& from) {
    accepted(std::move(socket), from, protocol);
  });
  observer_.note(
      fmt::format("{}: listening on {} ({})", config_.device, where, protocol_name(place.protocol)));
  listeners_.push_back(std::move(listener));
  return {};
}

void Share::accepted(io::StreamSocket socket, const std::string& from, Protocol protocol) {
  if (clients_.size() >= config_.most_clients && !make_room()) return refuse(std::move(socket), from);
  const Client::Id id = ++last_id_;
  auto port = protocol == Protocol::rfc2217 ? port_for(id) : nullptr;
  ClientHost& host = *this;
  clients_.push_back(std::make_unique<Client>(std::move(socket), Client::Origin{id, from, protocol}, host,
                                              std::move(port), "serialtcp " + config_.device));
  writers_.joined(id);
  observer_.connection(id, fmt::format("from {}, {}", from, protocol_name(protocol)));
  keeper_.resume();
  clients_.back()->start(config_.banner.empty() ? "" : config_.banner + "\r\n");
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
  socket.send(io::asio::buffer(text), MSG_NOSIGNAL, ignored);
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
  const std::string lost = figures.lost > 0 ? fmt::format(", {} of them lost", figures.lost) : "";
  observer_.connection_over(
      id, why.empty() ? io::Observer::Ending::in_order : io::Observer::Ending::failed,
      fmt::format("closed{}; {} bytes from it, {} bytes to it{}, {:.1f} s", why, figures.received,
                  figures.delivered, lost, to_seconds(io::now() - figures.since)));
  io::asio::post(context_, lifetime_.guard([this, id] {
    std::erase_if(clients_, [id](const auto& one) { return one->origin().id == id; });
    keeper_.resume();
    for (const auto& listener : listeners_) listener->resume();
    restore_when_unused();
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
  if (keeper_.port().settings() != wanted) keeper_.port().change(wanted);
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

void Share::tell_who_writes(Client& client) {
  const auto holder = writers_.holder();
  if (!holder || client.told_of() == holder) return;
  client.set_told_of(*holder);
  const auto writes =
      std::ranges::find_if(clients_, [&](const auto& one) { return one->origin().id == *holder; });
  const std::string who = writes != clients_.end() ? (*writes)->origin().from : "another client";
  client.tell(
      fmt::format("\r\n[serialtcp: {} has {} for writing; what you send is dropped until it leaves]\r\n", who,
                  config_.device));
  note(client, fmt::format("what it sends is dropped, since {} has the port for writing (--writers)", who));
}

std::size_t Share::write(Client& client, ByteView bytes) {
  if (!may_write(client)) return bytes.size();
  if (break_.is_pending()) return 0;
  const std::size_t count = keeper_.write(bytes);
  if (count > 0) break_.wrote();
  return count;
}

/// In turns: whoever has written is the last of those who come next.
void Share::serve_writers() {
  for (std::size_t turns = clients_.size(); turns > 0; --turns) {
    clients_.front()->flush();
    clients_.splice(clients_.end(), clients_, clients_.begin());
  }
}

void Share::send_break(Client& client) {
  if (may_write(client)) break_.pulse(kBreak);
}

// ---- From the port ----

void Share::port_delivered(ByteView bytes) {
  for (const auto& client : clients_) client->deliver(bytes);
}

void Share::port_writable() {
  serve_writers();
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
  errors_ = keeper_.port().errors();
  break_.reopened();
  for (const auto& client : clients_) client->look_at_pins();
  serve_writers();
}

void Share::port_lost() {
  for (const auto& client : clients_) client->look_at_pins();
}

// ---- Pins and errors ----

void Share::watch() {
  const auto watches = [](const auto& one) { return one->watches_pins() || one->watches_line(); };
  if (watching_ || std::ranges::none_of(clients_, watches)) return;
  watching_ = true;
  look_alarm_.start(kLook, [this] {
    watching_ = false;
    look();
    watch();
  });
}

void Share::look() {
  for (const auto& client : clients_) client->look_at_pins();
  const auto now = keeper_.port().errors();
  const auto before = std::exchange(errors_, now);
  if (!now || !before || now == before) return;
  Byte bits = 0;
  if (now->overruns != before->overruns) bits |= telnet::com_port::kOverrun;
  if (now->parity != before->parity) bits |= telnet::com_port::kParityError;
  if (now->framing != before->framing) bits |= telnet::com_port::kFramingError;
  if (now->breaks != before->breaks) bits |= telnet::com_port::kBreakDetected;
  for (const auto& client : clients_) client->notify_line_state(bits);
}

}  // namespace serialtcp::share
