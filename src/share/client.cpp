#include "share/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/address.h"
#include "net/client_state.h"
#include "os/clock.h"
#include "os/error_text.h"
#include "os/text.h"

namespace serialtcp::share {

namespace {

constexpr std::size_t kFirstBytes = 3;

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}

bool is_negotiation(const Bytes& first) {
  if (first.size() < kFirstBytes || first[0] != telnet::kIac) return false;
  return first[1] == telnet::kSb || first[1] == telnet::kWill || first[1] == telnet::kWont ||
         first[1] == telnet::kDo || first[1] == telnet::kDont;
}

/// Of a client of this machine can be seen whether it has closed the connection, or only ended its output.
bool is_from_here(const io::StreamSocket& socket) {
  return io::host_text(io::remote_address(socket)) == io::host_text(io::local_address(socket));
}

}  // namespace

Client::Client(io::StreamSocket socket, Origin origin, ClientHost& host,
               std::unique_ptr<telnet::ServedPort> port, const std::string& signature)
    : socket_(std::move(socket)),
      origin_(std::move(origin)),
      host_(host),
      port_(std::move(port)),
      telnet_alarm_(socket_.get_executor()),
      end_alarm_(socket_.get_executor()) {
  const bool telnet = origin_.protocol == Protocol::telnet || origin_.protocol == Protocol::rfc2217;
  if (telnet) session_.emplace(*this, port_.get(), signature);
  figures_.since = io::now();
  io::ErrorCode ignored;
  socket_.set_option(io::asio::socket_base::send_buffer_size(kSendBuffer), ignored);
}

void Client::start(std::string_view banner) {
  if (session_) {
    Bytes out;
    session_->start(out);
    send_always(out);
    telnet_alarm_.start(kTelnetAnswer, [this] { look_at_telnet(); });
  }
  if (!banner.empty()) tell(banner);
  wait_readable();
}

void Client::close() {
  telnet_alarm_.cancel();
  end_alarm_.cancel();
  io::ErrorCode ignored;
  socket_.close(ignored);
}

void Client::fail(std::string_view why) {
  if (!socket_.is_open()) return;
  close();
  host_.closed(*this, why);
}

// ---- From the client ----

bool Client::takes_answers() const {
  return backlog_.size() < Backlog::kMost + kMostAnswers;
}

bool Client::has_room() const {
  return input_.wants_more() && takes_answers();
}

void Client::wait_readable() {
  if (reading_ || ended_ || !socket_.is_open() || !has_room()) return;
  reading_ = true;
  socket_.async_wait(io::asio::socket_base::wait_read, lifetime_.guard([this](io::ErrorCode error) {
    reading_ = false;
    if (error == io::asio::error::operation_aborted) return;
    readable();
  }));
}

void Client::readable() {
  for (int i = 0; i < kChunksPerTurn && has_room(); ++i) {
    if (!read_some()) break;
  }
  flush();
  host_.served();
  wait_readable();
}

void Client::take_rest() {
  while (socket_.is_open() && !ended_ && has_room()) {
    const std::uint64_t before = figures_.received;
    read_some();
    if (figures_.received == before) break;
  }
  flush();
}

/// True if there may be more.
bool Client::read_some() {
  if (!socket_.is_open() || ended_) return false;
  std::array<Byte, Input::kMostOfFast> buffer;
  const std::size_t room = input_.room();
  more_ = false;
  io::ErrorCode error;
  const std::size_t count = socket_.receive(io::asio::buffer(buffer, room), 0, error);
  if (error == io::asio::error::would_block || error == io::asio::error::interrupted) return false;
  if (error == io::asio::error::eof) {
    end_of_input();
    return false;
  }
  if (error) {
    fail(fmt::format(": {}", io::plain_text(io::error_number(error))));
    return false;
  }
  more_ = count == room;
  receive(ByteView(buffer).first(count));
  return more_;
}

void Client::receive(ByteView bytes) {
  if (!session_) return receive_raw(bytes);
  scratch_.clear();
  Bytes answers = std::move(scratch_);
  session_->receive(bytes, answers);
  send_always(answers);
  scratch_ = std::move(answers);
  send_pending();  // it may have allowed data again
  if (const auto signature = session_->take_signature())
    host_.note(*this, fmt::format("the client is \"{}\"", io::printable(*signature)));
  if (session_->sends_bare_iac())
    note_once(raw_told_,
              "WARNING: it sends the byte FF hex without doubling it, as telnet requires: use --raw for it");
  if (session_->negotiates_without_end())
    note_once(endless_told_,
              "WARNING: it negotiates telnet's options again and again; it gets no more answers");
  if (session_->failed()) fail(": a subnegotiation of telnet has no end");
}

void Client::receive_raw(ByteView bytes) {
  if (origin_.protocol == Protocol::raw) look_at_first_bytes(bytes);
  std::size_t written = 0;
  if (input_.empty()) written = write(bytes);  // without a copy
  figures_.received += written;
  data(bytes.subspan(written));
}

void Client::data(ByteView bytes) {
  figures_.received += bytes.size();
  input_.add(bytes);
}

void Client::break_pressed() {
  flush();
  host_.send_break(*this);
}

std::size_t Client::write(ByteView bytes) {
  const std::size_t count = host_.write(*this, bytes);
  if (count > 0) input_.measure(count, io::now());
  return count;
}

void Client::give() {
  while (!input_.empty()) {
    const std::size_t count = write(input_.next());
    if (count == 0) break;
    input_.taken(count);
  }
  if (ended_) leave_if_done();
}

void Client::flush() {
  give();
  wait_readable();
}

void Client::port_takes_more() {
  give();
  more_ && !reading_ && socket_.is_open() ? readable() : wait_readable();
}

void Client::end_of_input() {
  ended_ = true;
  telnet_alarm_.cancel();
}

/// After the end of input, once the port has taken everything.
void Client::leave_if_done() {
  if (!input_.empty() || !socket_.is_open() || std::exchange(done_, true)) return;
  host_.ended(*this);
  if (is_from_here(socket_) && io::client_has_gone(socket_)) return fail("");
  if (origin_.after_end == Duration{}) return fail("");
  end_alarm_.start(origin_.after_end, [this] { fail(""); });
}

// ---- What it speaks ----

void Client::note_once(Told& told, std::string_view text) {
  if (std::exchange(told, Told::yes) == Told::no) host_.note(*this, text);
}

void Client::look_at_telnet() {
  if (session_->speaks_telnet()) return;
  if (figures_.received > 0)
    return note_once(raw_told_,
                     "WARNING: it does not speak telnet, and this is a telnet port: use --raw for it");
  telnet_alarm_.start(kTelnetAnswer, [this] { look_at_telnet(); });
}

void Client::look_at_first_bytes(ByteView bytes) {
  if (first_.size() >= kFirstBytes) return;
  const ByteView more = bytes.first(std::min(bytes.size(), kFirstBytes - first_.size()));
  first_.insert(first_.end(), more.begin(), more.end());
  if (is_negotiation(first_))
    note_once(
        raw_told_,
        "WARNING: it speaks telnet, and this is a raw port, to whose device this is data: use --telnet for it");
}

// ---- To the client ----

void Client::deliver(ByteView data) {
  if (!socket_.is_open()) return;
  figures_.delivered += data.size();
  if (!session_) return send(data, data.size());
  scratch_.clear();
  session_->encode(data, scratch_);
  send(scratch_, data.size());
}

void Client::tell(std::string_view text) {
  if (!session_) return send_always(as_bytes(text));
  Bytes out;
  session_->encode(as_bytes(text), out);
  send_always(out);
}

void Client::look_at_pins() {
  if (!session_ || !takes_answers()) return;  // later, it gets what is so then
  Bytes out;
  session_->look_at_pins(out);
  send_always(out);
}

void Client::notify_line_state(Byte bits) {
  if (!session_ || !takes_answers()) return;
  Bytes out;
  session_->notify_line_state(bits, out);
  send_always(out);
}

Backlog::Data Client::flow() const {
  return session_ && session_->suspended() ? Backlog::Data::held : Backlog::Data::flows;
}

void Client::send(ByteView bytes, std::size_t content) {
  if (backlog_.empty() && flow() == Backlog::Data::flows) {
    const std::size_t count = send_now(bytes);
    if (count == bytes.size() || !socket_.is_open()) return;
    if (count > 0) {
      backlog_.add_rest(bytes.subspan(count));
      return send_pending();
    }
  }
  const std::uint64_t before = backlog_.lost();
  backlog_.add_data(bytes, content);
  if (backlog_.loses()) figures_.lost += backlog_.lost() - before;
  send_pending();
}

void Client::send_always(ByteView bytes) {
  if (!socket_.is_open() || bytes.empty()) return;
  backlog_.add_always(bytes);
  send_pending();
}

bool Client::is_behind() const {
  if (backlog_.size() <= Backlog::kEnough || backlog_.loses()) return false;
  return flow() == Backlog::Data::held || io::now() - accepted_ < kStalled;
}

/// Returns how many of the bytes the socket has accepted.
std::size_t Client::send_now(ByteView bytes) {
  io::ErrorCode error;
  const std::size_t count = socket_.send(io::asio::buffer(bytes.data(), bytes.size()), 0, error);
  if (!error) {
    accepted_ = io::now();
    return count;
  }
  if (error != io::asio::error::would_block && error != io::asio::error::interrupted)
    fail(fmt::format(": {}", io::plain_text(io::error_number(error))));
  return 0;
}

void Client::send_pending() {
  ByteView next = backlog_.next(flow());
  while (socket_.is_open() && !next.empty()) {
    const std::size_t count = send_now(next);
    if (count == 0) break;
    backlog_.sent(count);
    next = backlog_.next(flow());
  }
  if (!socket_.is_open()) return;
  if (const std::uint64_t lost = backlog_.take_lost(); lost > 0) {
    host_.note(*this, fmt::format("WARNING: it read too slowly: {} bytes are lost for it", lost));
    return tell(lost_mark(lost));
  }
  if (backlog_.size() <= Backlog::kEnough) host_.caught_up();
  if (next.empty() || writing_) return;
  writing_ = true;
  socket_.async_wait(io::asio::socket_base::wait_write, lifetime_.guard([this](io::ErrorCode error) {
    writing_ = false;
    if (error != io::asio::error::operation_aborted) writable();
  }));
}

void Client::writable() {
  send_pending();
  wait_readable();  // it may have been waiting for room
}

}  // namespace serialtcp::share
