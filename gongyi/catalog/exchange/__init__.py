"""Exchange with the national platform (重大科研基础设施和大型科研仪器国家网络管理平台, NRII): its fields, codes and limits.

The order of the fields and the numbers of enumerations were recovered from public templates and program code, not from a
published specification: pages that show them say 未核实 (unverified).
"""
