#include "gateway/name_watch.h"

#include <algorithm>
#include <utility>

#include "os/clock.h"

namespace serialtcp::gateway {

NameWatch::NameWatch(io::asio::io_context& context, const std::vector<io::AllowPattern>& patterns,
                     Changed changed)
    : resolver_(context), changed_(std::move(changed)), alarm_(context) {
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const auto* const name = std::get_if<io::AllowPattern::Name>(&patterns[i].host);
    if (name != nullptr && name->text != "localhost") names_.push_back({i, name->text});
  }
  if (!names_.empty()) look_up_all();
}

void NameWatch::look_up_all() {
  for (Name& name : names_) {
    resolver_.withdraw(name.ticket);
    name.ticket =
        resolver_.look_up(name.host, io::Family::any,
                          [this, &name](const io::Resolver::Result& result) { found(name, result); });
  }
  alarm_.start(kAgain, [this] { look_up_all(); });
}

void NameWatch::found(Name& name, const io::Resolver::Result& result) {
  if (!result) return;
  const Time now = io::now();
  for (const io::asio::ip::address& address : *result) {
    const auto known = std::ranges::find(name.seen, address, &Seen::address);
    if (known != name.seen.end()) {
      known->at = now;
    } else if (name.seen.size() < kMostAddresses) {
      name.seen.push_back({address, now});
    }
  }
  std::erase_if(name.seen, [now](const Seen& one) { return now - one.at >= kCounts; });
  std::vector<io::asio::ip::address> addresses;
  for (const Seen& one : name.seen) addresses.push_back(one.address);
  changed_(name.index, addresses);
}

}  // namespace serialtcp::gateway
