#include "cli/program_http.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "net/listen_addresses.h"

namespace serialtcp::cli {

namespace {

/// "http://127.0.0.1:8080/"
std::string link_to(const io::tcp::endpoint& place) {
  return fmt::format("http://{}/", to_string(io::Target{place.address().to_string(), place.port()}));
}

}  // namespace

ProgramHttp::ProgramHttp(io::asio::io_context& context, Log& log, control::Operations& operations)
    : context_(context), log_(log), operations_(operations), again_(context) {}

void ProgramHttp::listen(const std::optional<io::Target>& at) {
  if (at_ == at) return;
  if (at_ && !at) log_.line("no HTTP server any more");
  at_ = at;
  told_.clear();
  again_.cancel();
  server_.reset();
  if (at_) try_to_listen();
}

void ProgramHttp::try_to_listen() {
  server_ = std::make_unique<http::Server>(context_, operations_);
  server_->listen(*at_, lifetime_.guard([this](const http::Server::Listening& result) { listened(result); }));
}

void ProgramHttp::listened(const http::Server::Listening& result) {
  if (!result) {
    if (result.error() != told_)
      log_.line(fmt::format("WARNING: no HTTP server at {}, retrying every {} s: {}", to_string(*at_),
                            kAgain.count(), result.error()));
    told_ = result.error();
    again_.expires_after(kAgain);
    again_.async_wait(lifetime_.guard([this](io::ErrorCode cancelled) {
      if (!cancelled && at_) try_to_listen();
    }));
    return;
  }
  told_.clear();
  std::vector<std::string> links;
  for (const io::tcp::endpoint& place : *result) links.push_back(link_to(place));
  log_.line(fmt::format("the status is at {}", io::list_of(links)));
  const auto here = [](const io::tcp::endpoint& place) { return place.address().is_loopback(); };
  if (!std::ranges::all_of(*result, here))
    log_.line(
        "WARNING: whoever reaches this machine there can read the status; --http PORT is for this machine only");
}

}  // namespace serialtcp::cli
