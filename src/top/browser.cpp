#include "top/browser.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "top/columns.h"

namespace serialtcp::top {

namespace {

using What = Browser::Action::What;
using K = KeyPress::Key;

/// Letters of ASCII count as equal in both cases.
bool contains(std::string_view text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return !std::ranges::search(text, part, {}, lower, lower).empty() || part.empty();
}

bool matches(const ConnectionRow& row, std::string_view filter) {
  return contains(row.name, filter) || contains(row.service, filter) || contains(row.state, filter) ||
         contains(row.peer, filter);
}

bool matches(const LinkRow& row, std::string_view filter) {
  return contains(row.name, filter) || contains(row.line, filter) || contains(row.state, filter);
}

void remove_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

}  // namespace

std::vector<const ConnectionRow*> Browser::connections(const Model& model) const {
  std::vector<const ConnectionRow*> rows = model.connections();
  std::erase_if(rows, [this](const ConnectionRow* row) { return !matches(*row, filter_); });
  const auto columns = connection_columns();
  const auto before = columns[sort_].before;
  const auto usual = columns.front().before;
  std::ranges::sort(rows, [&](const ConnectionRow* one, const ConnectionRow* other) {
    if (reversed_) std::swap(one, other);
    if (before(*one, *other)) return true;
    if (before(*other, *one)) return false;
    // Equal rows must not change places from one second to the next.
    return reversed_ ? usual(*other, *one) : usual(*one, *other);
  });
  return rows;
}

std::vector<const LinkRow*> Browser::links(const Model& model) const {
  std::vector<const LinkRow*> rows = model.links();
  if (filter_.empty()) return rows;
  std::set<std::pair<std::uint64_t, std::string_view>> with_matches;
  for (const ConnectionRow* const row : model.connections()) {
    if (matches(*row, filter_))
      with_matches.emplace(row->key.process,
                           std::string_view(row->key.name).substr(0, row->key.name.rfind('#')));
  }
  std::erase_if(rows, [&](const LinkRow* row) {
    return !matches(*row, filter_) && !with_matches.contains({row->key.process, row->key.name});
  });
  return rows;
}

template <typename Row>
void Browser::settle(Selection& selection, const std::vector<const Row*>& rows) {
  const auto found = std::ranges::find(rows, selection.key, &Row::key);
  if (rows.empty()) selection.chosen = false;
  if (!selection.chosen) {
    selection.index = 0;
  } else if (found != rows.end()) {
    selection.index = static_cast<std::size_t>(found - rows.begin());
  } else {  // it has ended: the one that is in its place now
    selection.index = std::min(selection.index, rows.size() - 1);
    selection.key = rows[selection.index]->key;
  }
}
template void Browser::settle(Selection& selection, const std::vector<const LinkRow*>& rows);
template void Browser::settle(Selection& selection, const std::vector<const ConnectionRow*>& rows);

Browser::Action Browser::press(const KeyPress& key, const Model& model) {
  if (key.key == K::redraw) return {What::redraw};
  notice_.clear();
  switch (mode_) {
    case Mode::help:
      mode_ = Mode::list;
      return {};
    case Mode::filter:
      press_in_filter(key);
      return {};
    case Mode::confirm:
      return press_in_question(key);
    case Mode::list:
      break;
  }
  return press_in_list(key, model);
}

Browser::Action Browser::press_in_list(const KeyPress& key, const Model& model) {
  switch (key.key) {
    case K::letter:
      return key.text.size() == 1 ? press_letter(key.text.front(), model) : Action{};
    case K::tab:
      pane_ = pane_ == Pane::links ? Pane::connections : Pane::links;
      return {};
    case K::right:
      sort_by(sort_ + 1);
      return {};
    case K::left:
      sort_by(sort_ + connection_columns().size() - 1);
      return {};
    case K::escape:
      filter_.clear();
      return {};
    default:
      move(key, model);
      return {};
  }
}

Browser::Action Browser::press_letter(char letter, const Model& model) {
  switch (letter) {
    case 'q':
      return {What::quit};
    case 'h':
    case '?':
      mode_ = Mode::help;
      break;
    case 's':
    case '>':
      sort_by(sort_ + 1);
      break;
    case '<':
      sort_by(sort_ + connection_columns().size() - 1);
      break;
    case 'r':
      reversed_ = !reversed_;
      break;
    case '/':
      mode_ = Mode::filter;
      filter_before_ = filter_;
      break;
    case ' ':
      paused_ = !paused_;
      break;
    case 'k':
      ask_to_close(model);
      break;
    default:
      notice_ = "no such key: h lists them";
  }
  return {};
}

void Browser::press_in_filter(const KeyPress& key) {
  switch (key.key) {
    case K::letter:
      if (filter_.size() + key.text.size() <= kMaxFilter) filter_ += key.text;
      break;
    case K::backspace:
      remove_last_character(filter_);
      break;
    case K::erase_line:
      filter_.clear();
      break;
    case K::enter:
      mode_ = Mode::list;
      break;
    case K::escape:
      filter_ = filter_before_;
      mode_ = Mode::list;
      break;
    default:
      break;
  }
}

Browser::Action Browser::press_in_question(const KeyPress& key) {
  mode_ = Mode::list;
  if (key.key == K::letter && (key.text == "y" || key.text == "Y")) return {What::close, asked_};
  notice_ = "it was not closed";
  return {};
}

void Browser::ask_to_close(const Model& model) {
  const auto rows = connections(model);
  settle(connections_, rows);
  if (pane_ != Pane::connections) {
    notice_ = "Tab changes to the connections, of which k closes one";
  } else if (rows.empty()) {
    notice_ = "there is no connection to close";
  } else if (rows[connections_.index]->packets) {
    notice_ = "packets pass as long as the link lasts: there is no connection to close";
  } else {
    const ConnectionRow& row = *rows[connections_.index];
    asked_ = row.key;
    connections_.key = row.key;
    connections_.chosen = true;
    asked_text_ = row.peer.empty() ? row.name : fmt::format("{} ({})", row.name, row.peer);
    mode_ = Mode::confirm;
  }
}

void Browser::move(const KeyPress& key, const Model& model) {
  if (pane_ == Pane::links) {
    move_in(links_, links(model), key.key);
  } else {
    move_in(connections_, connections(model), key.key);
  }
}

template <typename Row>
void Browser::move_in(Selection& selection, const std::vector<const Row*>& rows, KeyPress::Key key) {
  settle(selection, rows);
  if (rows.empty()) return;
  const std::size_t last = rows.size() - 1;
  const std::size_t page = std::max<std::size_t>(selection.page, 1);
  std::size_t index = selection.index;
  switch (key) {
    case K::up:
      index -= std::min<std::size_t>(index, 1);
      break;
    case K::down:
      index += selection.chosen ? 1 : 0;
      break;
    case K::page_up:
      index -= std::min(index, page);
      break;
    case K::page_down:
      index += page;
      break;
    case K::home:
      index = 0;
      break;
    case K::end:
      index = last;
      break;
    default:
      return;
  }
  selection.chosen = key != K::home;
  selection.index = std::min(index, last);
  selection.key = rows[selection.index]->key;
}

void Browser::sort_by(std::size_t column) {
  sort_ = column % connection_columns().size();
  reversed_ = false;
}

}  // namespace serialtcp::top
