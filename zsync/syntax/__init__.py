"""YAML text → trees and findings, each with its place."""
