#include "driver/noise_tap.h"

#include <array>
#include <utility>

#include "wire/kernel_message.h"

namespace serialtcp::io {

NoiseTap::NoiseTap(asio::io_context& context, std::function<std::uint64_t()> junk)
    : junk_(std::move(junk)), pause_alarm_(context) {}

void NoiseTap::add(StreamSocket client) {
  if (clients_.size() >= kMostClients) return;
  if (clients_.empty()) {
    heard_.clear();
    pending_.clear();
    junk_before_ = junk_();
  }
  clients_.push_back(std::make_shared<StreamSocket>(std::move(client)));
  watch(clients_.back());
}

/// It sends nothing: what can be read is its end.
void NoiseTap::watch(const std::shared_ptr<StreamSocket>& client) {
  client->async_wait(StreamSocket::wait_read, lifetime_.guard([this, client](ErrorCode error) {
    std::array<Byte, 64> ignored;
    ErrorCode ended = error;
    if (!error) client->receive(asio::buffer(ignored), 0, ended);
    if (!ended || ended == asio::error::would_block) return watch(client);
    remove(client.get());
  }));
}

void NoiseTap::remove(const StreamSocket* client) {
  std::erase_if(clients_, [client](const auto& one) { return one.get() == client; });
  if (clients_.empty()) pause_alarm_.cancel();
}

void NoiseTap::heard(ByteView bytes, Time now) {
  const std::uint64_t junk = junk_();
  const bool noise = junk != std::exchange(junk_before_, junk);
  heard_.insert(heard_.end(), bytes.begin(), bytes.end());
  const bool had_some = !pending_.empty();
  find_messages();
  if (pending_.empty()) return;
  if (!had_some) pending_since_ = now;
  if (noise) return pass_on();
  if (now - pending_since_ > kPatience) pending_.clear();
  pause_alarm_.start(kPause, [this] {
    if (heard_.empty()) pass_on();
  });
}

void NoiseTap::find_messages() {
  std::size_t from = 0;
  for (auto found = wire::find_kernel_message(heard_); found.length > 0;
       found = wire::find_kernel_message(heard_, from)) {
    const auto begin = heard_.begin() + static_cast<std::ptrdiff_t>(found.begin);
    from = found.begin + found.length;
    if (pending_.size() + found.length <= kMostPending)
      pending_.insert(pending_.end(), begin, begin + static_cast<std::ptrdiff_t>(found.length));
  }
  if (heard_.size() - from > wire::kMostOfKernelMessage) from = heard_.size() - wire::kMostOfKernelMessage;
  heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(from));
}

/// Whoever does not read misses some.
void NoiseTap::pass_on() {
  for (const auto& client : clients_) {
    ErrorCode ignored;
    client->send(asio::buffer(pending_), 0, ignored);
  }
  pending_.clear();
}

}  // namespace serialtcp::io
