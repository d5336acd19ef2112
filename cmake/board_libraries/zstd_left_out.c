// Instead of zstd_lazy.c and zstd_opt.c of zstd 1.5, half of its code: what levels above 3 do. serialtcp uses the levels 1 and 3
// (mux/compressor.cpp), whose strategies are fast and double fast, so none of these is called; the table of strategies names
// them. The unit tests of the core run with this library (./test --all-architectures).
#define LEFT_OUT(name) \
  void name(void);     \
  void name(void) {    \
    __builtin_trap();  \
  }

LEFT_OUT(ZSTD_compressBlock_btlazy2) LEFT_OUT(ZSTD_compressBlock_btlazy2_dictMatchState)
LEFT_OUT(ZSTD_compressBlock_btlazy2_extDict) LEFT_OUT(ZSTD_compressBlock_btopt)
LEFT_OUT(ZSTD_compressBlock_btopt_dictMatchState) LEFT_OUT(ZSTD_compressBlock_btopt_extDict)
LEFT_OUT(ZSTD_compressBlock_btultra) LEFT_OUT(ZSTD_compressBlock_btultra2)
LEFT_OUT(ZSTD_compressBlock_btultra_dictMatchState) LEFT_OUT(ZSTD_compressBlock_btultra_extDict)
LEFT_OUT(ZSTD_compressBlock_greedy) LEFT_OUT(ZSTD_compressBlock_greedy_dedicatedDictSearch)
LEFT_OUT(ZSTD_compressBlock_greedy_dedicatedDictSearch_row) LEFT_OUT(ZSTD_compressBlock_greedy_dictMatchState)
LEFT_OUT(ZSTD_compressBlock_greedy_dictMatchState_row) LEFT_OUT(ZSTD_compressBlock_greedy_extDict)
LEFT_OUT(ZSTD_compressBlock_greedy_extDict_row) LEFT_OUT(ZSTD_compressBlock_greedy_row)
LEFT_OUT(ZSTD_compressBlock_lazy) LEFT_OUT(ZSTD_compressBlock_lazy2)
LEFT_OUT(ZSTD_compressBlock_lazy2_dedicatedDictSearch) LEFT_OUT(ZSTD_compressBlock_lazy2_dedicatedDictSearch_row)
LEFT_OUT(ZSTD_compressBlock_lazy2_dictMatchState) LEFT_OUT(ZSTD_compressBlock_lazy2_dictMatchState_row)
LEFT_OUT(ZSTD_compressBlock_lazy2_extDict) LEFT_OUT(ZSTD_compressBlock_lazy2_extDict_row)
LEFT_OUT(ZSTD_compressBlock_lazy2_row) LEFT_OUT(ZSTD_compressBlock_lazy_dedicatedDictSearch)
LEFT_OUT(ZSTD_compressBlock_lazy_dedicatedDictSearch_row) LEFT_OUT(ZSTD_compressBlock_lazy_dictMatchState)
LEFT_OUT(ZSTD_compressBlock_lazy_dictMatchState_row) LEFT_OUT(ZSTD_compressBlock_lazy_extDict)
LEFT_OUT(ZSTD_compressBlock_lazy_extDict_row) LEFT_OUT(ZSTD_compressBlock_lazy_row)
LEFT_OUT(ZSTD_dedicatedDictSearch_lazy_loadDictionary) LEFT_OUT(ZSTD_insertAndFindFirstIndex)
LEFT_OUT(ZSTD_row_update) LEFT_OUT(ZSTD_updateTree)
