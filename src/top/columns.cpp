#include "top/columns.h"

#include <algorithm>
#include <tuple>

#include "top/figure_text.h"
#include "top/screen.h"

namespace serialtcp::top {

namespace {

constexpr std::size_t kBar = 12;

template <auto Member, typename Row>
bool less(const Row& one, const Row& other) {
  return one.*Member < other.*Member;
}
template <auto Member, typename Row>
bool more(const Row& one, const Row& other) {
  return one.*Member > other.*Member;
}
template <auto Member, typename Row>
std::string text(const Row& row) {
  return row.*Member;
}
template <auto Member, typename Row>
std::string number(const Row& row) {
  return short_number(row.*Member);
}

std::string count(const LinkRow& row) {
  return short_number(static_cast<double>(row.connections));
}
std::string link_age(const LinkRow& row) {
  return short_age(row.state_seconds);
}
std::string round_trip(const LinkRow& row) {
  return short_span(row.round_trip_seconds);
}
std::string sent_share(const LinkRow& row) {
  return share(row.sent_rate, row.capacity);
}
std::string received_share(const LinkRow& row) {
  return share(row.received_rate, row.capacity);
}
std::string sent_bar(const LinkRow& row) {
  return bar(row.sent_rate, row.capacity, kBar);
}
std::string received_bar(const LinkRow& row) {
  return bar(row.received_rate, row.capacity, kBar);
}
std::string lost(const LinkRow& row) {
  return short_part(row.lost_part);
}
std::string damaged(const LinkRow& row) {
  return short_part(row.damaged_part);
}
std::string connection_age(const ConnectionRow& row) {
  return short_age(row.age_seconds);
}

/// Links stay in the order of the configuration.
bool unsorted(const LinkRow&, const LinkRow&) {
  return false;
}
/// By link, then by number: a shorter number is a smaller one.
bool by_name(const ConnectionRow& one, const ConnectionRow& other) {
  const auto key = [](const ConnectionRow& row) {
    const std::size_t hash = std::min(row.key.name.rfind('#'), row.key.name.size());
    return std::tuple(row.key.process, std::string_view(row.key.name).substr(0, hash), row.key.name.size(),
                      std::string_view(row.key.name));
  };
  return key(one) < key(other);
}

using enum Align;
using L = LinkRow;
using C = ConnectionRow;

constexpr Column<L> kLinks[] = {
    {"LINK", 7, 24, 0, left, text<&L::name>, unsorted},
    {"STATE", 12, 12, 1, left, text<&L::state>, unsorted},
    {"FOR", 5, 5, 9, right, link_age, unsorted},
    {"SENT/s", 6, 6, 2, right, number<&L::sent_rate>, unsorted},
    {"USED", 4, 4, 4, right, sent_share, unsorted},
    {"", kBar, kBar, 13, left, sent_bar, unsorted},
    {"RECV/s", 6, 6, 3, right, number<&L::received_rate>, unsorted},
    {"USED", 4, 4, 5, right, received_share, unsorted},
    {"", kBar, kBar, 14, left, received_bar, unsorted},
    {"SPEED", 5, 5, 8, right, number<&L::capacity>, unsorted},
    {"RTT", 5, 5, 6, right, round_trip, unsorted},
    {"LOST", 4, 4, 7, right, lost, unsorted},
    {"BAD", 4, 4, 12, right, damaged, unsorted},
    {"QUEUE", 5, 5, 10, right, number<&L::send_queue>, unsorted},
    {"CONN", 4, 4, 11, right, count, unsorted},
    {"LINE", 12, 40, 15, left, text<&L::line>, unsorted},
};

constexpr Column<C> kConnections[] = {
    {"CONNECTION", 10, 24, 0, left, text<&C::name>, by_name},
    {"SERVICE", 8, 16, 6, left, text<&C::service>, less<&C::service>},
    {"STATE", 6, 11, 5, left, text<&C::state>, less<&C::state>},
    {"PEER", 15, 60, 3, left, text<&C::peer>, less<&C::peer>},
    {"SENT", 5, 5, 7, right, number<&C::sent>, more<&C::sent>},
    {"RECV", 5, 5, 8, right, number<&C::received>, more<&C::received>},
    {"SENT/s", 6, 6, 1, right, number<&C::sent_rate>, more<&C::sent_rate>},
    {"RECV/s", 6, 6, 2, right, number<&C::received_rate>, more<&C::received_rate>},
    {"AGE", 5, 5, 4, right, connection_age, more<&C::age_seconds>},
};

/// Which columns have room with their least widths, by rank.
template <typename Row>
std::vector<Placed> choose(std::span<const Column<Row>> columns, std::size_t width) {
  std::vector<std::size_t> by_rank(columns.size());
  for (std::size_t i = 0; i < by_rank.size(); ++i) by_rank[i] = i;
  std::ranges::sort(by_rank, {}, [&](std::size_t i) { return columns[i].rank; });
  std::vector<Placed> placed;
  std::size_t used = 0;
  for (const std::size_t i : by_rank) {
    const std::size_t needed = columns[i].width + (placed.empty() ? 0 : 1);
    if (!placed.empty() && used + needed > width) break;
    placed.push_back({i, columns[i].width});
    used += needed;
  }
  std::ranges::sort(placed, {}, &Placed::column);
  return placed;
}

}  // namespace

std::span<const Column<LinkRow>> link_columns() {
  return kLinks;
}

std::span<const Column<ConnectionRow>> connection_columns() {
  return kConnections;
}

template <typename Row>
std::vector<Placed> place(std::span<const Column<Row>> columns, std::span<const Row* const> rows,
                          std::size_t width) {
  std::vector<Placed> placed = choose(columns, width);
  std::size_t used = placed.size() - 1;
  for (const Placed& one : placed) used += one.width;
  if (used > width) placed.front().width = width;  // the only one
  for (Placed& one : placed) {
    const Column<Row>& column = columns[one.column];
    if (column.most == column.width || used >= width) continue;
    std::size_t longest = 0;
    for (const Row* const row : rows) longest = std::max(longest, width_of(column.text(*row)));
    const std::size_t wanted = std::clamp(longest, one.width, column.most);
    const std::size_t given = std::min(wanted, one.width + width - used);
    used += given - one.width;
    one.width = given;
  }
  return placed;
}

template std::vector<Placed> place<LinkRow>(std::span<const Column<LinkRow>>, std::span<const LinkRow* const>,
                                            std::size_t);
template std::vector<Placed> place<ConnectionRow>(std::span<const Column<ConnectionRow>>,
                                                  std::span<const ConnectionRow* const>, std::size_t);

}  // namespace serialtcp::top
