// The columns of the two tables: what stands in them, in which order rows can be sorted, and which columns remain on a
// narrow terminal. A new column is a row of one of the lists in columns.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "top/model.h"

namespace serialtcp::top {

enum class Align : std::uint8_t { left, right };

template <typename Row>
struct Column {
  std::string_view title;
  std::size_t width;  ///< at least
  std::size_t most;   ///< it becomes as wide as its longest text, up to this
  int rank;           ///< those with greater ones are left out first
  Align align;
  std::string (*text)(const Row& row);
  bool (*before)(const Row& one,
                 const Row& other);  ///< the first order of rows; the other one is its reverse
};

std::span<const Column<LinkRow>> link_columns();
std::span<const Column<ConnectionRow>> connection_columns();

/// A column of the list, and how wide it is now.
struct Placed {
  std::size_t column;
  std::size_t width;
};

/// The columns for this width, with a blank between two.
template <typename Row>
std::vector<Placed> place(std::span<const Column<Row>> columns, std::span<const Row* const> rows,
                          std::size_t width);

}  // namespace serialtcp::top
